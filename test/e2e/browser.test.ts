// What a visitor of the demo sees, in a real browser.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { type Demo, startDemo } from "../../demo/start.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { connectClient } from "../support/client.ts";

const ARTEFACTS = fileURLToPath(new URL("../../test-artefacts/", import.meta.url));
const ROOM = "lobby@conference.localhost";
const TIMEOUT_MS = 90_000;
const STEP_MS = 20_000;

let demo: Demo;
let browser: Browser;
const foreignRequests: string[] = [];

beforeAll(async () => {
  mkdirSync(ARTEFACTS, { recursive: true });
  demo = await startDemo({ port: 0 });
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}, TIMEOUT_MS);
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Chooses a person on the page, in a browser of their own, and waits until they are in the room. */
async function enterAs(name: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(STEP_MS);
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") foreignRequests.push(request.url());
  });
  onTestFailed(async () => void (await page.screenshot({ path: `${ARTEFACTS}browser-failed-${name}.png` })));
  await page.goto(demo.url);
  await page.getByRole("link", { name, exact: true }).click();
  await page.locator(".chat-textarea").waitFor();
  return page;
}

async function type(page: Page, text: string): Promise<void> {
  const input = page.locator(".chat-textarea");
  await input.fill(text);
  await input.press("Enter");
}

/** Waits until the page shows this message under this nickname. */
async function sees(page: Page, nick: string, text: string): Promise<void> {
  const author = page.locator(".chat-msg__author", { hasText: nick });
  await page.locator(".chat-msg", { hasText: text }).filter({ has: author }).waitFor();
}

/** The nickname that the room reserves for the user (XEP-0045 section 7.12), asked for beside the browser. */
async function reservedNickname(username: string): Promise<string | undefined> {
  const account = { port: demo.clientPort, domain: "localhost", username, password: "demo" };
  const client = await connectClient(account);
  const answer = await client.request(ROOM, "get", `<query xmlns="${NS.discoInfo}" node="x-roomuser-item"/>`);
  await client.close();
  expect(answer.attrs.type).toBe("result");
  return answer.getChild("query", NS.discoInfo)?.getChild("identity")?.attrs.name;
}

describe("the demo in a browser", () => {
  test(
    "two people see each other's messages, and an owner and a member reserve their nicknames",
    async () => {
      const romeo = await enterAs("romeo");
      const juliet = await enterAs("juliet");
      await type(romeo, "But soft, what light through yonder window breaks?");
      await sees(juliet, "Romeo", "what light through yonder window");
      await type(juliet, "O Romeo, Romeo! Wherefore art thou Romeo?");
      await sees(romeo, "Juliet", "Wherefore art thou");

      expect(await reservedNickname("romeo")).toBeUndefined();
      await type(romeo, "/register");
      await expect.poll(() => reservedNickname("romeo"), { timeout: STEP_MS }).toBe("Romeo");

      await type(romeo, "/member Juliet");
      await juliet.getByText("Juliet is now a member of this groupchat").waitFor();
      expect(await reservedNickname("juliet")).toBeUndefined();
      await type(juliet, "/register");
      await expect.poll(() => reservedNickname("juliet"), { timeout: STEP_MS }).toBe("Juliet");

      await romeo.screenshot({ path: `${ARTEFACTS}browser.png` });
      expect(foreignRequests).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

// The demo from a visitor's side, in a real browser.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { type Demo, startDemo } from "../../demo/start.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { connectClient } from "../support/client.ts";
import {
  ARTEFACTS,
  openPageAs,
  pictures,
  sees,
  startBrowser,
  textArea,
  type,
} from "../support/web-client.ts";

const ROOM = "lobby@conference.localhost";
const TIMEOUT_MS = 90_000;
const STEP_MS = 30_000;

let demo: Demo;
let browser: Browser;
const requests: string[] = [];

beforeAll(async () => {
  demo = await startDemo({ port: 0 });
  browser = await startBrowser();
}, TIMEOUT_MS);
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Opens the page as this person and waits until the person is in the room. */
async function enterAs(name: string): Promise<Page> {
  const page = await openPageAs(browser, demo.url, name, requests);
  await textArea(page).waitFor();
  return page;
}

/** Opens the page on which visitors choose who they are. */
async function openDemo(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 810 } });
  const page = await context.newPage();
  page.setDefaultTimeout(STEP_MS);
  page.on("request", (request) => requests.push(request.url()));
  onTestFailed(async () => void (await page.screenshot({ path: `${ARTEFACTS}browser-failed-demo.png` })));
  await page.goto(demo.url);
  return page;
}

/** Returns the user's reserved nickname (XEP-0045 section 7.12), queried with another client than the browser. */
async function reservedNickname(username: string): Promise<string | undefined> {
  const account = { port: demo.clientPort, domain: "localhost", username, password: "demo" };
  const client = await connectClient(account);
  const answer = await client.request(ROOM, "get", `<query xmlns="${NS.discoInfo}" node="x-roomuser-item"/>`);
  await client.close();
  expect(answer.attrs.type).toBe("result");
  return answer.getChild("query", NS.discoInfo)?.getChild("identity")?.attrs.name;
}

function isForeign(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol.startsWith("http") && hostname !== "127.0.0.1";
}

describe("the demo in a browser", () => {
  test(
    "people see each other's messages and a member who is away, and reserve their nicknames",
    async () => {
      const romeo = await enterAs("romeo");
      const juliet = await enterAs("juliet");
      await type(romeo, "But soft, what light through yonder window breaks?");
      await sees(juliet, "Romeo", "what light through yonder window");
      await type(juliet, "O Romeo, Romeo! Wherefore art thou Romeo?");
      await sees(romeo, "Juliet", "Wherefore art thou");

      const rosaline = await enterAs("rosaline");
      expect(await reservedNickname("juliet")).toBe("Juliet");
      expect(await reservedNickname("rosaline")).toBeUndefined();
      await type(rosaline, "/register");
      await expect.poll(() => reservedNickname("rosaline"), { timeout: STEP_MS }).toBe("Rosaline");
      await type(rosaline, "Good pilgrim, you do wrong your hand too much.");

      const shown = romeo.locator("li.occupant", { hasText: "Mercutio" });
      await shown.getByText("ME", { exact: true }).waitFor();
      await romeo.screenshot({ path: `${ARTEFACTS}browser.png` });
      expect(requests.filter(isForeign)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "the console stands beside the chat, logged in, and follows it",
    async () => {
      const juliet = await enterAs("juliet");
      const page = await openDemo();
      await page.getByRole("link", { name: "Chat and console side by side" }).click();
      const chat = page.frameLocator('iframe[title="Chat as Romeo"]');
      const console = page.frameLocator('iframe[title="Console"]');
      await console.getByRole("heading", { name: "The lobby" }).waitFor();
      await chat.locator(".chat-textarea").fill("Lady, by yonder blessed moon I vow");
      await chat.locator(".chat-textarea").press("Enter");
      await sees(juliet, "Romeo", "yonder blessed moon");
      for (const nick of ["Romeo", "Juliet"])
        await console.getByRole("cell", { name: nick }).first().waitFor();
      await page.screenshot({ path: `${pictures()}demo.png` });
      expect(requests.filter(isForeign)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "the room has a public page with what was said",
    async () => {
      const page = await openDemo();
      await page.getByRole("link", { name: "The room's public page" }).click();
      await page.getByRole("heading", { name: "The lobby" }).waitFor();
      await page.getByRole("link", { name: /^Read / }).click();
      await page.getByText("what light through yonder window").waitFor();
      expect(requests.filter(isForeign)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

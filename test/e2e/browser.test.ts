import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, startDemo } from "../../demo/start.ts";
import { connect } from "../../src/scansion/client.ts";

const ARTEFACTS = fileURLToPath(new URL("../../test-artefacts/", import.meta.url));
const ROOM = "lobby@conference.localhost";

let demo: Demo;
let browser: Browser;

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
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Chooses a person on the page and waits until it is in the room. */
async function enterAs(name: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const page = await context.newPage();
  await page.goto(demo.url);
  await page.getByRole("link", { name, exact: true }).click();
  await page.locator(".chat-textarea").waitFor();
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  const input = page.locator(".chat-textarea");
  await input.fill(text);
  await input.press("Enter");
}

describe("the demo in a browser", () => {
  it("lets two people see each other's messages, and one reserve a nickname (XEP-0045 7.10)", async () => {
    const romeo = await enterAs("romeo");
    const juliet = await enterAs("juliet");
    await say(romeo, "But soft, what light through yonder window breaks?");
    await juliet.getByText("what light through yonder window").waitFor();
    await say(juliet, "O Romeo, Romeo!");
    await romeo.getByText("O Romeo, Romeo!").waitFor();

    await say(romeo, "/register");
    const program = await connect({
      host: "127.0.0.1",
      port: demo.clientPort,
      jid: "romeo@localhost",
      password: "demo",
    });
    await expect
      .poll(
        async () => {
          await program.send(
            `<iq type="get" id="nick" to="${ROOM}"><query xmlns="http://jabber.org/protocol/disco#info" node="x-roomuser-item"/></iq>`,
          );
          const answer = await program.next(5_000);
          return answer?.getChild("query")?.getChild("identity")?.attrs.name;
        },
        { timeout: 20_000 },
      )
      .toBe("Romeo");
    await program.close();
    await romeo.screenshot({ path: `${ARTEFACTS}/browser.png` });
  }, 90_000);
});

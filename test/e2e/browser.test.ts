// The demo from a visitor's side, in a real browser.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Demo, startDemo } from "../../demo/start.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { connectClient } from "../support/client.ts";
import { ARTEFACTS, openPageAs, sees, startBrowser, textArea, type } from "../support/web-client.ts";

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
      expect(requests.filter(isForeign)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

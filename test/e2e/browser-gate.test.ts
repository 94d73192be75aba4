// The gate of a room as people meet it in a browser: Converse.js 14 with Prosody.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { type PageServer, servePage } from "../../demo/page-server.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { COMPONENT, DOMAIN } from "../support/servers.ts";
import { openPageAs, sees, startBrowser, textArea, type } from "../support/web-client.ts";

const PEOPLE = ["romeo", "juliet"];
const PASSWORD = "password";
const TIMEOUT_MS = 180_000;

let browser: Browser;
let server: RunningServer;
let web: PageServer;
let verona: RunningVerona;

beforeAll(async () => {
  browser = await startBrowser();
  const users = PEOPLE.map((username) => ({ username, password: PASSWORD }));
  server = await startProsody({ domain: DOMAIN, components: [COMPONENT], users });
  const websocket = `ws://${server.host}:${server.httpPort}/xmpp-websocket`;
  const room = `lobby@${COMPONENT.domain}`;
  web = await servePage(0, { people: PEOPLE, domain: DOMAIN, password: PASSWORD, room, websocket });
  const gate = { gate: true, gateQuestion: "What did the witches meet upon?", gateAnswers: "heath" };
  verona = await startVerona({
    server,
    ...COMPONENT,
    env: { VERONA_ROOM_DEFAULTS: JSON.stringify(gate) },
  });
}, TIMEOUT_MS);
afterAll(async () => {
  await browser?.close();
  await verona?.stop();
  await web?.close();
  await server?.stop();
});

test(
  "a visitor reads the question, writes the answer where everybody writes, and then speaks; nobody sees the answer",
  async () => {
    onTestFailed(() => console.error(verona.log()));
    const romeo = await openPageAs(browser, web.url, "romeo");
    await textArea(romeo).waitFor();
    const juliet = await openPageAs(browser, web.url, "juliet");
    await juliet.getByText("What did the witches meet upon?").first().waitFor();
    await type(juliet, "a castle");
    await juliet.getByText("This is not the answer to the question of this room").first().waitFor();
    await type(juliet, "The heath".slice(4));
    await juliet.getByText("Thank you, the room has your answer.").first().waitFor();
    await type(juliet, "hail");
    await sees(romeo, "Juliet", "hail");
    for (const answer of ["a castle", "heath"])
      expect(await romeo.locator(".chat-msg", { hasText: answer }).count()).toBe(0);
  },
  TIMEOUT_MS,
);

// A moderator's evening in a browser: Converse.js 14 runs the room's ad-hoc commands (XEP-0050).
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { type PageServer, servePage } from "../../demo/page-server.ts";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { join as enterRoom, receiveSubject } from "../support/chat.ts";
import { connectClient } from "../support/client.ts";
import { COMPONENT, DOMAIN } from "../support/servers.ts";
import { ARTEFACTS, occupant, openPageAs, startBrowser, textArea, type } from "../support/web-client.ts";

const PEOPLE = ["romeo", "juliet"];
const WITNESS = "mercutio";
const PASSWORD = "password";
const ROOM = `lobby@${COMPONENT.domain}`;
const TIMEOUT_MS = 90_000;

const users = [...PEOPLE, WITNESS].map((username) => ({ username, password: PASSWORD }));

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, TIMEOUT_MS);
afterAll(() => browser?.close());

/** Opens the list of the room's commands. */
async function openCommands(page: Page): Promise<void> {
  await page.locator(".show-client-info").click();
  await page.locator("#commands-tab").click();
  const commands = page.locator("converse-adhoc-commands");
  await commands.locator("input[name=jid]").fill(ROOM);
  await commands.locator('[type="submit"]').click();
  await commands.getByText("Commands found").waitFor();
}

interface Run {
  readonly node: string;
  /** The values of the form. */
  readonly fields: Record<string, string>;
  /** The text with which the command completes. */
  readonly note: string;
  readonly picture: string;
}

async function run(page: Page, { node, fields, note, picture }: Run): Promise<void> {
  const commands = page.locator("converse-adhoc-commands");
  await commands.locator(`[data-command-node="${node}"]`).click();
  const form = commands.locator("li form");
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`);
    const isList = (await field.evaluate((element) => element.tagName)) === "SELECT";
    await (isList ? field.selectOption(value) : field.fill(value));
  }
  await page.screenshot({ path: `${ARTEFACTS}browser-${picture}.png` });
  await form.locator('[data-action="complete"]').click();
  await commands.getByText(note).waitFor();
}

describe.each([
  ["prosody", startProsody],
  ["ejabberd", startEjabberd],
] as const)("a moderator behind %s", (name, startServer) => {
  let server: RunningServer;
  let web: PageServer;
  let verona: RunningVerona;
  beforeAll(async () => {
    server = await startServer({ domain: DOMAIN, components: [COMPONENT], users });
    verona = await startVerona({ server, ...COMPONENT, storage: "memory:" });
    const websocket = `ws://${server.host}:${server.httpPort}/xmpp-websocket`;
    web = await servePage(0, { people: PEOPLE, domain: DOMAIN, password: PASSWORD, room: ROOM, websocket });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await web?.close();
    await verona?.stop();
    await server?.stop();
  });

  /** Lets another user report a message (urn:xmpp:gcreport:0): Converse.js has no button for it. */
  async function report(text: string, say: () => Promise<void>): Promise<void> {
    const account = { port: server.clientPort, domain: DOMAIN, username: WITNESS, password: PASSWORD };
    const witness = await connectClient(account);
    await enterRoom(witness, ROOM, "Mercutio");
    await receiveSubject(witness);
    await say();
    const message = await witness.receive(
      (stanza) => stanza.getName() === "message" && stanza.getChild("body")?.getText() === text,
    );
    const [stanzaId, occupantId] = ["stanza-id", "occupant-id"].map((each) => String(message.getChild(each)));
    const content = `<report xmlns="${NS.reporting}" reason="urn:xmpp:reporting:spam">${stanzaId}<text>Again</text></report>`;
    const payload = `<report-participant xmlns="${NS.groupReport}">${occupantId}${content}</report-participant>`;
    expect((await witness.request(ROOM, "set", payload)).attrs.type).toBe("result");
    await witness.close();
  }

  test(
    "mutes a user for a time, removes what the user said, and reads who did what",
    async () => {
      onTestFailed(() => console.error(verona.log()));
      const romeo = await openPageAs(browser, web.url, "romeo");
      await textArea(romeo).waitFor();
      const juliet = await openPageAs(browser, web.url, "juliet");
      await textArea(juliet).waitFor();
      for (const text of ["Buy my potion", "Cheap daggers"]) {
        await type(juliet, text);
        await romeo.locator(".chat-msg", { hasText: text }).waitFor();
      }

      await report("Last daggers", () => type(juliet, "Last daggers"));
      await romeo.getByText("Mercutio").first().waitFor();

      await openCommands(romeo);
      const commands = romeo.locator("converse-adhoc-commands");
      await commands.locator('[data-command-node="verona#reports"]').click();
      await commands.locator("table").getByText("Last daggers").waitFor();
      await romeo.screenshot({ path: `${ARTEFACTS}browser-reports-${name}.png` });
      const id = await commands.locator('table td[data-var="id"]').first().textContent();
      await run(romeo, {
        node: "verona#close-report",
        fields: { report: id ?? "", decision: "retract", reason: "Spam" },
        note: "The report is closed",
        picture: `close-report-${name}`,
      });
      await juliet.locator(".chat-msg--retracted", { hasText: "Spam" }).waitFor();

      await run(romeo, {
        node: "verona#mute",
        fields: { who: "Juliet", minutes: "10", reason: "Advertising" },
        note: "The user is muted",
        picture: `mute-${name}`,
      });
      await occupant(juliet, "Juliet").locator('.badge[title="Visitor"]').waitFor();
      await type(juliet, "More potions");
      await juliet.locator(".chat-msg__error").waitFor();

      await run(romeo, {
        node: "verona#remove-messages",
        fields: { who: "Juliet", messages: "hour" },
        note: "The messages are being removed",
        picture: `purge-${name}`,
      });
      for (const page of [romeo, juliet]) {
        await expect.poll(() => page.locator(".chat-msg--retracted").count()).toBe(3);
        expect(await page.getByText("Cheap daggers").count()).toBe(0);
      }

      await commands.locator('[data-command-node="verona#acts"]').click();
      const table = commands.locator("table");
      await table.getByText("messages-purged").waitFor();
      await table.getByText("muted", { exact: true }).waitFor();
      await table.scrollIntoViewIfNeeded();
      await romeo.screenshot({ path: `${ARTEFACTS}browser-acts-${name}.png` });
    },
    TIMEOUT_MS,
  );
});

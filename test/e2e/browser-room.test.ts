// Use of a room from a browser: Converse.js 14 with each server, Verona with SQLite.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import { type PageServer, servePage } from "../../demo/page-server.ts";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { join as enterRoom } from "../support/chat.ts";
import { connectClient } from "../support/client.ts";
import { COMPONENT, DOMAIN } from "../support/servers.ts";
import {
  ARTEFACTS,
  occupant,
  openPageAs,
  sees,
  startBrowser,
  textArea,
  type,
} from "../support/web-client.ts";

const PEOPLE = ["romeo", "juliet", "rosaline"];
const PASSWORD = "password";
const ROOM = `lobby@${COMPONENT.domain}`;
const VENUE = `mantua@${COMPONENT.domain}`;
/** One red pixel. */
const AVATAR = {
  name: "red.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
    "base64",
  ),
};
const TIMEOUT_MS = 90_000;

/** Returns the selector of the badge of an affiliation or role in the list of occupants. */
const badge = (title: string): string => `.badge[title="${title}"]`;

const users = PEOPLE.map((username) => ({ username, password: PASSWORD }));
const options = { domain: DOMAIN, components: [COMPONENT], users };

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, TIMEOUT_MS);
afterAll(() => browser?.close());

describe.each([
  ["prosody", startProsody],
  ["ejabberd", startEjabberd],
] as const)("behind %s", (name, startServer) => {
  let server: RunningServer;
  let web: PageServer;
  let verona: RunningVerona;
  let folder: string;

  beforeAll(async () => {
    server = await startServer(options);
    const websocket = `ws://${server.host}:${server.httpPort}/xmpp-websocket`;
    web = await servePage(0, { people: PEOPLE, domain: DOMAIN, password: PASSWORD, room: ROOM, websocket });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await web?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    // Pages close only now, because a failed test takes screenshots of them.
    await Promise.all(browser.contexts().map((context) => context.close()));
    folder = mkdtempSync(join(tmpdir(), "verona-browser-"));
    verona = await runVerona();
    onTestFailed(() => console.error(verona.log()));
  });
  afterEach(async () => {
    await verona?.stop();
    rmSync(folder, { recursive: true });
  });

  const runVerona = (): Promise<RunningVerona> =>
    startVerona({
      server,
      ...COMPONENT,
      storage: `sqlite:${join(folder, "rooms.sqlite")}`,
      env: { VERONA_ROOM_DEFAULTS: '{"persistent":true}' },
    });

  /** Opens the page as this person and waits until the person is in the room. */
  async function enterAs(person: string): Promise<Page> {
    const page = await openPageAs(browser, web.url, person);
    await textArea(page).waitFor();
    return page;
  }

  test(
    "an owner sets the subject, gives affiliations and roles, configures, moderates and kicks",
    async () => {
      const romeo = await enterAs("romeo");
      const juliet = await enterAs("juliet");
      await type(romeo, "/topic The orchard");
      for (const page of [romeo, juliet])
        await page.locator(".chat-head__desc", { hasText: "The orchard" }).waitFor();

      await occupant(juliet, "Romeo").locator(badge("Owner")).waitFor();
      await occupant(juliet, "Romeo").locator(badge("Moderator")).waitFor();
      await type(romeo, "/member Juliet");
      await type(romeo, "/op Juliet");
      for (const page of [romeo, juliet]) {
        await occupant(page, "Juliet").locator(badge("Member")).waitFor();
        await occupant(page, "Juliet").locator(badge("Moderator")).waitFor();
      }
      await type(romeo, "/deop Juliet");
      await occupant(juliet, "Juliet").locator(badge("Moderator")).waitFor({ state: "detached" });

      await type(juliet, "Thou knave!");
      await sees(romeo, "Juliet", "Thou knave!");
      const knave = romeo.locator(".chat-msg", { hasText: "Thou knave!" });
      await knave.hover();
      await knave.locator("converse-message-actions button").first().click();
      await knave.locator(".chat-msg__action-retract").click();
      await romeo.locator("form.confirm input[type=text]").fill("Manners");
      await romeo.locator("form.confirm button[type=submit]").click();
      await juliet.locator(".chat-msg--retracted", { hasText: "Manners" }).waitFor();
      expect(await juliet.getByText("Thou knave!").count()).toBe(0);

      await romeo.locator(".configure-chatroom-button").dispatchEvent("click");
      const form = romeo.locator("converse-muc-config-modal form");
      await form.locator('[name="muc#roomconfig_roomname"]').fill("Capulet's <orchard>");
      await form.locator('[name="muc#roomconfig_membersonly"]').check();
      await form.locator('[name="avatar_image"]').setInputFiles(AVATAR);
      await romeo.screenshot({ path: `${ARTEFACTS}browser-configuration-${name}.png` });
      await form.locator('[type="submit"]').click();
      for (const page of [romeo, juliet])
        await page.locator(".chatbox-title__text", { hasText: "Capulet's <orchard>" }).waitFor();
      for (const page of [romeo, juliet])
        await page
          .locator(`.chatbox-title converse-avatar [href*="${AVATAR.buffer.toString("base64")}"]`)
          .waitFor();
      await form.waitFor({ state: "hidden" });
      await romeo.screenshot({ path: `${ARTEFACTS}browser-room-${name}.png` });
      const rosaline = await openPageAs(browser, web.url, "rosaline");
      await rosaline.locator(".disconnect-msg", { hasText: "not on the member list" }).waitFor();

      await type(romeo, "/kick Juliet Good night");
      await juliet.locator(".disconnect-msg", { hasText: "You have been kicked" }).waitFor();
      await juliet.locator(".disconnect-msg", { hasText: "by Romeo" }).waitFor();
      await juliet.locator(".disconnect-msg", { hasText: "Good night" }).waitFor();
      await juliet.screenshot({ path: `${ARTEFACTS}browser-kicked-${name}.png` });
      await romeo.getByText("Juliet has been kicked out").waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    "whose nickname is taken chooses another one",
    async () => {
      const romeo = await enterAs("romeo");
      const account = { port: server.clientPort, domain: DOMAIN, username: "juliet", password: PASSWORD };
      const impostor = await connectClient(account);
      await enterRoom(impostor, ROOM, "Rosaline");
      const rosaline = await openPageAs(browser, web.url, "rosaline");
      await rosaline.locator(".validation-message", { hasText: "reserved or currently in use" }).waitFor();
      await rosaline.locator('.muc-nickname-form [name="nick"]').fill("Fair Rosaline");
      await rosaline.locator('.muc-nickname-form [name="join"]').click();
      await textArea(rosaline).waitFor();
      await occupant(romeo, "Fair Rosaline").waitFor();
      // Converse.js takes this for a refused entry until it learns that it is inside. Then it makes a new text area.
      await textArea(romeo).evaluate((element) => element.setAttribute("data-before", ""));
      await type(romeo, "/nick Rosaline");
      await romeo.locator(".chat-textarea:not([data-before])").waitFor();
      await type(romeo, "A rose by any other name");
      await sees(rosaline, "Romeo", "A rose by any other name");
      await impostor.close();
    },
    TIMEOUT_MS,
  );

  test(
    "a room that moves elsewhere shows where to, to those in it and to who comes later",
    async () => {
      const romeo = await enterAs("romeo");
      const juliet = await enterAs("juliet");
      await type(romeo, "/destroy");
      const dialogue = romeo.locator("form.confirm");
      await dialogue.locator('[name="challenge"]').fill(ROOM);
      await dialogue.locator('[name="reason"]').fill("Exeunt");
      await dialogue.locator('[name="newjid"]').fill(VENUE);
      await dialogue.locator('[type="submit"]').click();
      await textArea(romeo).waitFor({ state: "detached" });
      const rosaline = await openPageAs(browser, web.url, "rosaline");
      // Converse.js notices that it is out of the room only when the room refuses its message.
      await type(juliet, "Where is everybody?");
      for (const page of [juliet, rosaline]) {
        await page.locator(".moved-link", { hasText: VENUE }).waitFor();
        await page.locator(".destroyed-reason", { hasText: "Exeunt" }).waitFor();
      }
    },
    TIMEOUT_MS,
  );

  test(
    "a restart of Verona is a pause that nobody notices",
    async () => {
      const romeo = await enterAs("romeo");
      const juliet = await enterAs("juliet");
      await type(romeo, "/member Juliet");
      await occupant(juliet, "Juliet").locator(badge("Member")).waitFor();
      // Converse.js makes a new text area at each entry.
      for (const page of [romeo, juliet])
        await textArea(page).evaluate((element) => element.setAttribute("data-before", ""));
      await verona.stop();
      verona = await runVerona();
      await type(juliet, "Art thou still there?");
      await sees(romeo, "Juliet", "Art thou still there?");
      await type(romeo, "Ay");
      await sees(juliet, "Romeo", "Ay");
      for (const page of [romeo, juliet]) expect(await textArea(page).getAttribute("data-before")).toBe("");
      await romeo.screenshot({ path: `${ARTEFACTS}browser-restarted-${name}.png` });
    },
    TIMEOUT_MS,
  );
});

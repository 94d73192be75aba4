// A room with people at a real server, and the console in a browser.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import { freePorts } from "../../dev/servers/ports.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { callService } from "../../src/control/call-service.ts";
import { childText, type Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { configure, join } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { COMPONENT, DOMAIN, OPTIONS } from "../support/servers.ts";
import { ARTEFACTS } from "../support/web-client.ts";

export const ROOM = `garden@${COMPONENT.domain}`;
export const OTHER_ROOM = `cell@${COMPONENT.domain}`;
export const MARKUP = '<img src=x onerror="document.body.dataset.hurt=1">';
/** Turns the direction of what follows it. */
export const OVERRIDE = "\u202E";
const LONG = "Honorificabilitudinitatibus".repeat(40);

export class ConsoleStage {
  readonly url: string;
  readonly #folder: string;
  readonly #server: RunningServer;
  readonly #verona: RunningVerona;
  readonly people: readonly TestClient[];
  #tokens = 0;

  private constructor(
    url: string,
    folder: string,
    server: RunningServer,
    verona: RunningVerona,
    people: readonly TestClient[],
  ) {
    this.url = url;
    this.#folder = folder;
    this.#server = server;
    this.#verona = verona;
    this.people = people;
  }

  /** Starts a server, Verona, and a room whose owner, texts and guests are hostile to web pages. */
  static async open(): Promise<ConsoleStage> {
    const folder = mkdtempSync(joinPath(tmpdir(), "verona-console-"));
    const server = await startProsody(OPTIONS);
    const [port] = (await freePorts(1)) as [number];
    const verona = await startVerona({
      ...{ server, ...COMPONENT, storage: `sqlite:${joinPath(folder, "rooms.sqlite")}` },
      env: {
        VERONA_HTTP_PORT: String(port),
        VERONA_CONTROL_SOCKET: joinPath(folder, "socket"),
      },
    });
    const people: TestClient[] = [];
    for (const username of ["user", "user2", "user3"])
      people.push(
        await connectClient({ port: server.clientPort, domain: DOMAIN, username, password: "password" }),
      );
    const url = `http://127.0.0.1:${port}/console/`;
    const stage = new ConsoleStage(url, folder, server, verona, people);
    await stage.#fill();
    return stage;
  }

  async #fill(): Promise<void> {
    const [owner, guest, writer] = this.people;
    if (!owner || !guest || !writer) throw new Error("somebody is missing");
    for (const room of [OTHER_ROOM, ROOM]) {
      await join(owner, room, "Juliet");
      await configure(owner, room, {
        "muc#roomconfig_persistentroom": "1",
        "muc#roomconfig_roomname": room === ROOM ? `${OVERRIDE}${escaped(MARKUP)}` : "Friar Laurence’s cell",
        "verona#stranger_links": "hold",
      });
    }
    await join(guest, ROOM, escaped(MARKUP));
    await join(writer, ROOM, "Rosaline");
    await said(owner, ROOM, MARKUP);
    await said(owner, ROOM, `${OVERRIDE}Never was a story of more woe`);
    await said(owner, ROOM, LONG);
    await heard(owner, LONG);
    // Waits for a moderator.
    await said(guest, ROOM, `https://spam.example/${MARKUP}`);
    await said(guest, ROOM, "Thou knave!");
    await heard(owner, "Thou knave!");

    await join(guest, OTHER_ROOM, "Romeo");
    await join(writer, OTHER_ROOM, "Nurse");
    await said(guest, OTHER_ROOM, "Is the day so young?");
    await said(guest, OTHER_ROOM, "Buy potions at https://apothecary.example, no questions asked");
    await said(guest, OTHER_ROOM, "A pox on your houses!");
    const insult = await heard(writer, "A pox on your houses!");
    const author = `<occupant-id xmlns="${NS.occupantId}" id="${insult.getChild("occupant-id")?.attrs.id}"/>`;
    const evidence = `<stanza-id xmlns="${NS.stanzaId}" by="${OTHER_ROOM}" id="${insult.getChild("stanza-id")?.attrs.id}"/>`;
    const report = `<report xmlns="${NS.reporting}" reason="urn:xmpp:reporting:abuse">${evidence}</report>`;
    const request = `<report-participant xmlns="${NS.groupReport}">${author}${report}</report-participant>`;
    await writer.request(OTHER_ROOM, "set", request);
  }

  /** Makes a token by the command line's way; returns its secret. */
  async token(scope: string, more: object = {}, name = `${scope}-${++this.#tokens}`): Promise<string> {
    const made = await this.call("token.create", { token: name, scope, ...more });
    return z.object({ secret: z.string() }).parse(made).secret;
  }

  /** Calls an operation by the command line's way. */
  async call(operation: string, params: Record<string, unknown>): Promise<unknown> {
    const outcome = await callService(joinPath(this.#folder, "socket"), operation, params);
    return outcome?.kind === "result" ? outcome.value : expect.fail(JSON.stringify(outcome));
  }

  async close(): Promise<void> {
    for (const client of this.people) await client.close();
    await this.#verona.stop();
    await this.#server.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

const said = (from: TestClient, room: string, text: string): Promise<void> =>
  from.send(`<message to="${room}" type="groupchat"><body>${escaped(text)}</body></message>`);

const heard = (by: TestClient, text: string): Promise<Element> =>
  by.receive((stanza) => childText(stanza, "body") === text);

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 375, height: 720 };

/** Opens the console in a browser of its own, which the test closes. Other origins than the console's cannot be reached. */
export async function openConsole(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDE, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const origin = new URL(url).origin;
  const faults: string[] = [];
  await context.route("**/*", (route) => {
    const address = route.request().url();
    if (address.startsWith(`${origin}/`)) return route.continue();
    faults.push(`a request to ${address}`);
    return route.abort();
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    const isRefusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isRefusal) faults.push(message.text());
  });
  onTestFinished(async ({ task }) => {
    if (task.result?.state === "fail") await page.screenshot({ path: `${ARTEFACTS}console-failed.png` });
    await context.close();
    expect(faults).toEqual([]);
  });
  await page.goto(url);
  return page;
}

/** Logs in by the form. */
export async function logIn(page: Page, secret: string): Promise<void> {
  await page.getByLabel("Token").fill(secret);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

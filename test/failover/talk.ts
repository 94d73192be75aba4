// Users who talk in rooms, over one connection of their component. A message goes through the server to the service.
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsComponent } from "../../bench/component-client.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { StanzaSplitter } from "../crash/stanza-splitter.ts";
import { find, type Node, readXml } from "../properties/strict-xml.ts";
import { PERSISTENT, PING } from "../support/room-requests.ts";
import type { Ledger } from "./ledger.ts";

export const ROOMS_DOMAIN = "rooms.localhost";
export const USERS_DOMAIN = "users.localhost";
const NODES = ["hall", "cell"];
const CLIENTS = ["romeo", "juliet", "nurse", "paris"].map((name) => `${name}@${USERS_DOMAIN}/desk`);

/** Milliseconds between two messages. */
const INTERVAL = 10;
const POLL = 5;
/** Time after which a stanza that nobody answered is sent again, with another id; milliseconds. */
const AGAIN = 1_000;
/** Longer than any outage of the test; milliseconds. */
const TIMEOUT = 120_000;

const nameOf = (client: string): string => client.slice(0, client.indexOf("@"));

/** The way to a server's listener for components, and the secret of the users' component. */
interface Target {
  readonly host: string;
  readonly componentPort: number;
  readonly secret: string;
}

export class Talk {
  readonly #ledger: Ledger;
  readonly #write: (text: string) => void;
  readonly close: () => void;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  /** Ids of stanzas that wait for something, with what they wait for. */
  readonly #awaited = new Map<string, Set<string>>();

  private constructor(ledger: Ledger, write: (text: string) => void, close: () => void) {
    this.#ledger = ledger;
    this.#write = write;
    this.close = close;
  }

  /** Connects, and calls `lost` if the server closes the connection. */
  static async open(target: Target, ledger: Ledger, lost: (error: unknown) => void): Promise<Talk> {
    const connection = await connectAsComponent(target, USERS_DOMAIN, target.secret);
    let isClosed = false;
    const talk = new Talk(ledger, connection.write, () => {
      isClosed = true;
      connection.close();
    });
    const splitter = new StanzaSplitter();
    connection
      .readUntil((tags) => {
        for (const stanza of splitter.take(tags.toString())) talk.#receive(readXml(stanza));
        return false;
      })
      .catch((error) => {
        if (!isClosed) lost(error);
      });
    return talk;
  }

  /** Lets all users enter all rooms. The first one creates each. */
  async enter(): Promise<void> {
    for (const node of NODES) {
      const room = `${node}@${ROOMS_DOMAIN}`;
      for (const [place, client] of CLIENTS.entries()) {
        const nick = `${room}/${nameOf(client)}`;
        this.#write(`<presence from="${client}" to="${nick}"><x xmlns="${NS.muc}"/></presence>`);
        if (place === 0) await this.#request(client, room, "set", PERSISTENT);
        await this.#request(client, nick, "get", PING);
      }
    }
  }

  /** Begins to talk, a hundred messages a second. */
  start(): void {
    let said = 0;
    const began = performance.now();
    this.#timer ??= setInterval(() => {
      // Timers come late; the rate stays.
      for (; said * INTERVAL < performance.now() - began; said += 1) this.#say();
    }, INTERVAL);
  }

  /** Stops to talk. */
  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Resolves when a message that is said from now on has been heard. Rejects after two minutes. */
  async isHeardAgain(): Promise<void> {
    const first = this.#count + 1;
    await until(() => this.#ledger.latestHeard >= first, "no message was heard");
  }

  /**
   * Resolves when everything that was sent before has arrived or is lost: a message to each room was heard by all, and
   * the room told each user that it is inside (XEP-0410).
   */
  async settle(): Promise<void> {
    for (const node of NODES) {
      await this.#untilAnswered(CLIENTS, (id) => this.#message(node, CLIENTS[0] ?? "", id));
      for (const client of CLIENTS)
        await this.#request(client, `${node}@${ROOMS_DOMAIN}/${nameOf(client)}`, "get", PING);
    }
  }

  #say(): void {
    const number = this.#count + 1;
    const node = NODES[number % NODES.length] ?? "";
    const client = CLIENTS[Math.floor(number / NODES.length) % CLIENTS.length] ?? "";
    this.#write(this.#message(node, client, this.#id()));
  }

  #message(node: string, from: string, id: string): string {
    this.#ledger.send(id);
    return `<message type="groupchat" id="${id}" from="${from}" to="${node}@${ROOMS_DOMAIN}"><body>${id}</body></message>`;
  }

  #id(): string {
    this.#count += 1;
    return String(this.#count);
  }

  #request(from: string, to: string, type: "get" | "set", payload: string): Promise<void> {
    return this.#untilAnswered(
      [from],
      (id) => `<iq type="${type}" id="${id}" from="${from}" to="${to}">${payload}</iq>`,
    );
  }

  /** Sends a stanza, and another one each second, until one of them was received by all. */
  async #untilAnswered(recipients: readonly string[], write: (id: string) => string): Promise<void> {
    const deadline = performance.now() + TIMEOUT;
    for (;;) {
      const id = this.#id();
      const waiting = new Set(recipients);
      this.#awaited.set(id, waiting);
      const text = write(id);
      this.#write(text);
      for (const end = performance.now() + AGAIN; waiting.size > 0 && performance.now() < end; )
        await sleep(POLL);
      this.#awaited.delete(id);
      if (waiting.size === 0) return;
      if (performance.now() > deadline) throw new Error(`no answer to ${text}`);
    }
  }

  #receive(stanza: Node): void {
    const { from = "", to = "", type, id = "" } = stanza.attrs;
    const node = from.slice(0, from.indexOf("@"));
    if (stanza.name === "iq" && (type === "get" || type === "set")) {
      this.#write(`<iq type="result" id="${id}" from="${to}" to="${from}"/>`);
      return;
    }
    if (type === "error") {
      this.#ledger.refuse(id, conditionOf(stanza));
      return;
    }
    this.#awaited.get(id)?.delete(to);
    if (stanza.name === "presence" && type === "unavailable") this.#ledger.depart(from, to);
    const stanzaId = find(stanza, "stanza-id", NS.stanzaId)?.attrs.id;
    const isLive = find(stanza, "delay", NS.delay) === undefined;
    if (stanza.name === "message" && type === "groupchat" && stanzaId !== undefined && isLive)
      this.#ledger.hear(node, to, { stanzaId, id });
  }
}

/** Returns the defined condition and the text of an error (RFC 6120 section 8.3.2). */
function conditionOf(stanza: Node): string {
  const parts = find(stanza, "error")?.children ?? [];
  const text = parts.find(({ name }) => name === "text")?.text;
  const condition = parts.find(({ name }) => name !== "text")?.name ?? "no condition";
  return text === undefined ? condition : `${condition} (${text})`;
}

async function until(holds: () => boolean, fault: string): Promise<void> {
  const deadline = performance.now() + TIMEOUT;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(fault);
    await sleep(POLL);
  }
}

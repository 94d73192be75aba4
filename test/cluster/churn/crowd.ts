// Users of one ejabberd node, over a connection of their component there: all that they hear arrives on it in order.
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsComponent } from "../../../bench/component-client.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { StanzaSplitter } from "../../crash/stanza-splitter.ts";
import { PERSISTENT, PING } from "../../support/room-requests.ts";
import type { Said } from "./order-check.ts";

const POLL_MS = 5;
const TIMEOUT_MS = 30_000;

export interface CrowdHandlers {
  heard(recipient: string, said: Said): void;
  refused(said: Said): void;
  departed(recipient: string, from: string): void;
}

interface CrowdOptions {
  readonly server: { readonly host: string; readonly componentPort: number };
  readonly secret: string;
  /** The domain of the users, and that of the rooms. */
  readonly domain: string;
  readonly rooms: string;
  readonly size: number;
}

export class Crowd {
  readonly #options: CrowdOptions;
  readonly #handlers: CrowdHandlers;
  readonly #write: (text: string) => void;
  readonly close: () => void;
  /** Answers that are awaited, by id. */
  readonly #awaited = new Map<string, (isResult: boolean) => void>();
  #requests = 0;

  private constructor(
    options: CrowdOptions,
    handlers: CrowdHandlers,
    connection: { write(text: string): void; close(): void },
  ) {
    this.#options = options;
    this.#handlers = handlers;
    this.#write = connection.write;
    this.close = connection.close;
  }

  static async open(options: CrowdOptions, handlers: CrowdHandlers): Promise<Crowd> {
    const connection = await connectAsComponent(options.server, options.domain, options.secret);
    const crowd = new Crowd(options, handlers, connection);
    const splitter = new StanzaSplitter();
    connection
      .readUntil((tags) => {
        for (const stanza of splitter.take(tags.toString())) crowd.#receive(stanza);
        return false;
      })
      .catch(() => {});
    return crowd;
  }

  /** The users, by name. */
  get names(): string[] {
    return Array.from({ length: this.#options.size }, (_, number) => `${this.#options.domain}-${number}`);
  }

  /** Lets all users enter a room. `creates`: the first one creates it. */
  async enter(room: string, creates: boolean): Promise<void> {
    for (const [place, name] of this.names.entries()) {
      const [client, address] = [this.#clientOf(name), this.#address(room)];
      this.#write(`<presence from="${client}" to="${address}/${name}"><x xmlns="${NS.muc}"/></presence>`);
      if (creates && place === 0) await this.#request(client, address, "set", PERSISTENT);
      if (!(await this.isInside(room, name))) throw new Error(`${name} did not enter ${room}`);
    }
  }

  /** Asks the room whether a user is inside (XEP-0410), again and again until there is an answer. */
  async isInside(room: string, name: string): Promise<boolean> {
    return this.#request(this.#clientOf(name), `${this.#address(room)}/${name}`, "get", PING);
  }

  say(room: string, name: string, number: number): void {
    this.#write(
      `<message type="groupchat" id="${room}:${name}:${number}" from="${this.#clientOf(name)}" to="${this.#address(room)}"><body>${number}</body></message>`,
    );
  }

  #clientOf(name: string): string {
    return `${name}@${this.#options.domain}/desk`;
  }

  #address(room: string): string {
    return `${room}@${this.#options.rooms}`;
  }

  async #request(from: string, to: string, type: string, payload: string): Promise<boolean> {
    for (let tries = 0; tries < 20; tries += 1) {
      this.#requests += 1;
      const id = `request-${this.#requests}`;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      this.#awaited.set(id, resolve);
      this.#write(`<iq type="${type}" id="${id}" from="${from}" to="${to}">${payload}</iq>`);
      const answer = await Promise.race([promise, sleep(TIMEOUT_MS / 10, undefined, { ref: false })]);
      this.#awaited.delete(id);
      if (answer === true) return true;
      await sleep(POLL_MS * 20);
    }
    return false;
  }

  #receive(stanza: string): void {
    const head = stanza.slice(0, stanza.indexOf(">"));
    const value = (name: string): string => new RegExp(`\\s${name}=["']([^"']*)`).exec(head)?.[1] ?? "";
    const [type, id, to] = [value("type"), value("id"), value("to")];
    const name = to.slice(0, to.indexOf("@"));
    if (head.startsWith("<iq")) {
      if (type === "get") {
        this.#write(`<iq type="result" id="${id}" from="${to}" to="${value("from")}"/>`);
        return;
      }
      this.#awaited.get(id)?.(type === "result");
    } else if (head.startsWith("<presence")) {
      if (type === "unavailable") this.#handlers.departed(name, value("from"));
    } else {
      const [room = "", sender = "", number = ""] = id.split(":");
      const said = { room, sender, number: Number(number) };
      if (type === "error") this.#handlers.refused(said);
      else if (type === "groupchat" && number !== "" && !stanza.includes(NS.delay))
        this.#handlers.heard(name, said);
    }
  }
}

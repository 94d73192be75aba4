// The service in a process of its own, at a server on which a test speaks as any user.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { costOf } from "../../../bench/process-cost.ts";
import { freePorts } from "../../../dev/servers/ports.ts";
import { type RunningVerona, startVerona } from "../../../dev/verona.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { type ComponentPort, openComponentPort } from "../../crash/component-port.ts";
import { eventually } from "../../support/eventually.ts";

export const DOMAIN = "rooms.example.org";
const SECRET = "cauldron";

export interface AttackOptions {
  /** Environment variables (docs/configuration.md). By default everybody may create rooms. */
  readonly env?: Record<string, string>;
  /** Limit of the service's heap in MB. Above it the process ends. */
  readonly heapMegabytes?: number;
}

/** The wait of a bystander's message. */
export interface Wait {
  /** Stanzas that the service wrote to others from the bystander's message until its copy came back. */
  readonly overtakenBy: number;
}

/** A user who talks in a room of its own. */
export interface Bystander {
  /** Sends a message to its room. Resolves when its own copy is back. */
  say(): Promise<Wait>;
  /** Errors that the service sent to the bystander. */
  readonly refusals: readonly string[];
}

/** The service under attack. `restart` keeps its database, `stop` removes it. */
export class AttackedService {
  /** Stanzas from the service to all users since the start or the last `forget`. */
  readonly received: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "verona-abuse-"));
  readonly #options: AttackOptions;
  readonly #listeners = new Set<(stanza: string) => void>();
  readonly #port: ComponentPort;
  readonly #metricsPort: number;
  #verona: RunningVerona | undefined;
  #marks = 0;

  private constructor(options: AttackOptions, port: ComponentPort, metricsPort: number) {
    this.#options = options;
    this.#port = port;
    this.#metricsPort = metricsPort;
  }

  /** Starts a service with an empty database, and waits until it is online. */
  static async start(options: AttackOptions = {}): Promise<AttackedService> {
    let service: AttackedService | undefined;
    const port = await openComponentPort(SECRET, (stanza) => service?.receive(stanza));
    const [metricsPort = 0] = await freePorts(1);
    service = new AttackedService(options, port, metricsPort);
    await service.launch();
    return service;
  }

  /** Writes stanzas to the service, each with a `from` of the test's choice. */
  write(stanzas: string): void {
    this.#port.write(stanzas);
  }

  /** Resolves with the first stanza, received already or still to come, that matches the pattern. */
  async told(pattern: RegExp): Promise<string> {
    const known = this.received.find((stanza) => pattern.test(stanza));
    if (known !== undefined) return known;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const listen = (stanza: string): void => {
      if (pattern.test(stanza)) resolve(stanza);
    };
    this.#listeners.add(listen);
    void this.#verona?.ended.then(() => reject(new Error(`the service ended:\n${this.log()}`)));
    return promise.finally(() => this.#listeners.delete(listen));
  }

  /** Drops the received stanzas, to save memory in a test of many stanzas. */
  forget(): void {
    this.received.length = 0;
  }

  /** Resolves when a room has handled everything that was written before, and its output has arrived. */
  async handled(room: string): Promise<void> {
    this.#marks += 1;
    const id = `handled-${this.#marks}`;
    this.write(
      `<iq type="get" id="${id}" from="mark@verona.test/m" to="${room}@${DOMAIN}"><ping xmlns="${NS.ping}"/></iq>`,
    );
    await this.told(new RegExp(`id="${id}"`));
  }

  /** Lets a user create and unlock a room. The nickname is the localpart. */
  async bystander(room = "quiet", jid = "bystander@verona.test/home"): Promise<Bystander> {
    await this.open(room, jid);
    const refusals: string[] = [];
    const address = `to="${jid}"`;
    this.#listeners.add((stanza) => {
      if (stanza.includes(address) && /^<\w+ [^>]*type="error"/.test(stanza)) refusals.push(stanza);
    });
    let messages = 0;
    const say = async (): Promise<Wait> => {
      messages += 1;
      const id = `bystander-${messages}`;
      let overtakenBy = 0;
      const count = (stanza: string): void => {
        if (!stanza.includes(address)) overtakenBy += 1;
      };
      this.#listeners.add(count);
      this.write(groupchat(jid, room, `<body>${id}</body>`, id));
      await this.told(new RegExp(`^<message [^>]*id="${id}"`)).finally(() => this.#listeners.delete(count));
      return { overtakenBy };
    };
    return { say, refusals };
  }

  /** Lets a user create a room with the default configuration, and enter it. */
  async open(room: string, jid: string): Promise<void> {
    this.write(enter(jid, room));
    const form = `<x xmlns="${NS.dataForms}" type="submit"/>`;
    const id = `open-${room}`;
    this.write(
      `<iq type="set" id="${id}" from="${jid}" to="${room}@${DOMAIN}"><query xmlns="${NS.mucOwner}">${form}</query></iq>`,
    );
    await this.told(new RegExp(`^<iq [^>]*id="${id}"`));
  }

  /** Returns the memory of the process, from /proc, in bytes. */
  memory(): { readonly rssBytes: number; readonly mostRssBytes: number } {
    return costOf(this.#verona?.pid ?? 0);
  }

  /** Fetches the metrics, also those of the process, by name and label (docs/metrics.md). */
  async metrics(): Promise<Record<string, number>> {
    const answer = await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`);
    const lines = (await answer.text()).matchAll(/^(\w+(?:\{[^}]*\})?) (\S+)$/gm);
    return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]));
  }

  /** Returns true while the process runs. */
  get isRunning(): boolean {
    return this.#verona?.exitCode() === undefined;
  }

  /** Returns the log since the last start. */
  log(): string {
    return this.#verona?.log() ?? "";
  }

  /** Restarts the service with the same database. */
  async restart(): Promise<void> {
    await this.#verona?.stop();
    await this.launch();
  }

  /** Stops the service and removes its database. */
  async stop(): Promise<void> {
    await this.#verona?.stop();
    await this.#port.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  private async launch(): Promise<void> {
    const { env, heapMegabytes } = this.#options;
    const heap = heapMegabytes === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}` };
    this.#verona = await startVerona({
      server: this.#port,
      domain: DOMAIN,
      secret: SECRET,
      storage: `sqlite:${join(this.#folder, "verona.sqlite")}`,
      env: {
        VERONA_METRICS_PORT: String(this.#metricsPort),
        VERONA_ROOM_CREATION: "anyone",
        ...heap,
        ...env,
      },
    });
    await eventually(() => this.metrics());
  }

  private receive(stanza: string): void {
    this.received.push(stanza);
    for (const listener of this.#listeners) listener(stanza);
  }
}

/** Returns the presence that enters a room (XEP-0045 section 7.2). `content` follows the muc extension. */
export function enter(jid: string, room: string, content = "", nick = jid.split("@")[0]): string {
  return `<presence from="${jid}" to="${room}@${DOMAIN}/${nick}"><x xmlns="${NS.muc}"/>${content}</presence>`;
}

/** Returns a message to all occupants of a room. */
export function groupchat(jid: string, room: string, content: string, id = "m"): string {
  return `<message from="${jid}" to="${room}@${DOMAIN}" type="groupchat" id="${id}">${content}</message>`;
}

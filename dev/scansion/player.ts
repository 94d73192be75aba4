import type { connect, ScriptConnection } from "./client.ts";
import { compare } from "./match.ts";
import type { Action, Script } from "./parse.ts";
import { outdent, type PassedOver, reportMissing, reportUnexpected } from "./report.ts";
import { fill, type Values, write } from "./template.ts";

/** Time without a stanza for "receives nothing", in milliseconds. */
export const SILENCE_MS = 300;

export interface PlayOptions {
  readonly host: string;
  readonly port: number;
  /** Time limit for each awaited stanza and each login. */
  readonly timeoutMs: number;
  readonly connect: typeof connect;
}

/** A failed action; `line` counts from 1. */
export interface Failure {
  readonly line: number;
  readonly message: string;
}

/** Plays a script once. */
export class Player {
  readonly #script: Script;
  readonly #options: PlayOptions;
  readonly #connections = new Map<string, ScriptConnection>();
  readonly #captures = new Map<string, string>();
  readonly #fullJids = new Map<string, string>();
  readonly #values: Values;

  constructor(script: Script, options: PlayOptions) {
    this.#script = script;
    this.#options = options;
    const jids = new Map(script.clients.map(({ name, jid }) => [name, jid]));
    this.#values = { jids, fullJids: this.#fullJids, captures: this.#captures };
  }

  /** Performs the actions up to the first failure, then all of the clean-up. Resolves with the failures in order. */
  async play(): Promise<Failure[]> {
    const failures: Failure[] = [];
    for (const action of this.#script.actions) {
      failures.push(...(await this.#try(action)));
      if (failures.length > 0) break;
    }
    for (const action of this.#script.cleanUp) failures.push(...(await this.#try(action)));
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
    return failures;
  }

  async #try(action: Action): Promise<Failure[]> {
    try {
      const message = await this.#perform(action);
      return message === undefined ? [] : [{ line: action.line, message }];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [{ line: action.line, message: `${action.client} ${action.kind}: ${reason}` }];
    }
  }

  /** Resolves with a report if the received stanzas do not match the script. Throws if the action cannot be done. */
  async #perform(action: Action): Promise<string | undefined> {
    switch (action.kind) {
      case "connects":
        return void (await this.#connect(action.client));
      case "disconnects": {
        const connection = this.#connection(action.client);
        this.#connections.delete(action.client);
        return void (await connection.close());
      }
      case "sends":
        return void (await this.#connection(action.client).send(write(fill(action.xml, this.#values))));
      case "receives":
        return this.#receive(action.client, action.xml);
      case "receives nothing": {
        const stanza = await this.#connection(action.client).next(SILENCE_MS);
        return stanza && reportUnexpected(action.client, stanza);
      }
    }
  }

  async #connect(client: string): Promise<void> {
    const account = this.#script.clients.find(({ name }) => name === client);
    if (!account) throw new Error("there is no such client");
    if (this.#connections.has(client)) throw new Error("the client is connected already");
    const { jid, password } = account;
    const { host, port, timeoutMs } = this.#options;
    const connection = await this.#options.connect({ host, port, timeoutMs, jid, password });
    this.#connections.set(client, connection);
    // Kept after the end of the connection, because a room mentions occupants who left.
    this.#fullJids.set(client, connection.jid);
  }

  #connection(client: string): ScriptConnection {
    const connection = this.#connections.get(client);
    if (!connection) throw new Error("the client is not connected");
    return connection;
  }

  /** Skips stanzas until one matches or time is up. */
  async #receive(client: string, xml: string): Promise<string | undefined> {
    const connection = this.#connection(client);
    const template = fill(xml, this.#values);
    const deadline = Date.now() + this.#options.timeoutMs;
    const passedOver: PassedOver[] = [];
    const giveUp = () => reportMissing(client, outdent(xml), passedOver);
    for (;;) {
      const stanza = await connection.next(Math.max(0, deadline - Date.now())).catch((error: Error) => error);
      if (stanza instanceof Error) return `${giveUp()}\nThe connection ended: ${stanza.message}`;
      if (!stanza) return giveUp();
      const comparison = compare(template, stanza);
      if (comparison.differences.length > 0) {
        passedOver.push({ stanza, comparison });
        continue;
      }
      for (const [name, value] of comparison.captures) this.#captures.set(name, value);
      return undefined;
    }
  }
}

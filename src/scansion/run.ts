// Plays a script and reports what did not come as it says.
import { readFile } from "node:fs/promises";
import { type Element, serialize } from "../xmpp/element.ts";
import { escapeAttribute } from "../xmpp/escape.ts";
import { bareOf } from "../xmpp/jid.ts";
import { connect, type ScriptConnection } from "./client.ts";
import { type Captures, differences } from "./match.ts";
import { type Action, parseScript, parseStanza, type Script, ScriptError } from "./parse.ts";

const DEFAULT_TIMEOUT = 5_000;
const SILENCE = 300;

export interface RunOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs?: number;
  /** Domains of the script and what stands for them on the server under test. */
  readonly domainMap?: ReadonlyMap<string, string>;
  /** Makes a connection; a real one unless a test gives another. */
  readonly connect?: typeof connect;
}

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly report: string };

/** Plays a script file. Throws `ScriptError` where it cannot be read as a script. */
export async function runFile(path: string, options: RunOptions): Promise<Outcome> {
  const text = mapDomains(await readFile(path, "utf8"), options.domainMap ?? new Map());
  return new Player(path, parseScript(text), options).play();
}

/** Replaces whole domain names: "localhost" is not found in "conference.localhost". */
function mapDomains(text: string, domains: ReadonlyMap<string, string>): string {
  if (domains.size === 0) return text;
  return text.replace(/(?<![\w.-])[\w-]+(?:\.[\w-]+)*/g, (name) => domains.get(name) ?? name);
}

/** An action that failed: where, and in how many words. */
class Failure extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

class Player {
  readonly #path: string;
  readonly #script: Script;
  readonly #options: RunOptions;
  readonly #connections = new Map<string, ScriptConnection>();
  readonly #captures: Captures = new Map();

  constructor(path: string, script: Script, options: RunOptions) {
    this.#path = path;
    this.#script = script;
    this.#options = options;
  }

  async play(): Promise<Outcome> {
    const failures = [await this.#perform(this.#script.actions), await this.#perform(this.#script.cleanUp)];
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
    const failure = failures.find((each) => each !== undefined);
    return failure
      ? { ok: false, report: `${this.#path}:${failure.line}: ${failure.message}` }
      : { ok: true };
  }

  /** Performs actions until one fails. */
  async #perform(actions: readonly Action[]): Promise<Failure | undefined> {
    for (const action of actions) {
      try {
        await this.#act(action);
      } catch (error) {
        if (error instanceof Failure) return error;
        return new Failure(
          action.line,
          `${action.client} ${action.kind}: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
    return undefined;
  }

  async #act(action: Action): Promise<void> {
    switch (action.kind) {
      case "connects":
        return this.#connect(action);
      case "disconnects": {
        const connection = this.#connection(action);
        this.#connections.delete(action.client);
        return connection.close();
      }
      case "sends":
        return this.#connection(action).send(serialize(this.#template(action, action.xml)));
      case "receives":
        return this.#receive(action, action.xml);
      case "receives-nothing": {
        const stanza = await this.#connection(action).next(SILENCE);
        if (stanza)
          throw new Failure(
            action.line,
            `${action.client} was to receive nothing, but received\n  ${serialize(stanza)}`,
          );
      }
    }
  }

  async #connect({ client, line }: Action): Promise<void> {
    const account = this.#script.clients.find(({ name }) => name === client);
    if (!account) throw new Failure(line, `there is no client ${client}`);
    const { host, port } = this.#options;
    const open = this.#options.connect ?? connect;
    this.#connections.set(client, await open({ host, port, jid: account.jid, password: account.password }));
  }

  #connection({ client, line }: Action): ScriptConnection {
    const connection = this.#connections.get(client);
    if (!connection) throw new Failure(line, `${client} is not connected`);
    return connection;
  }

  /** Passes stanzas over until one matches or time is up. */
  async #receive(action: Action, xml: string): Promise<void> {
    const template = this.#template(action, xml);
    const connection = this.#connection(action);
    const deadline = Date.now() + (this.#options.timeoutMs ?? DEFAULT_TIMEOUT);
    const passedOver: { stanza: Element; differences: string[] }[] = [];
    for (;;) {
      const stanza = await connection.next(Math.max(0, deadline - Date.now()));
      if (!stanza) throw new Failure(action.line, describeFailure(action.client, xml, passedOver));
      const found = differences(template, stanza, this.#captures);
      if (found.length === 0) return;
      passedOver.push({ stanza, differences: found });
    }
  }

  /** The element of a template with its ${...} filled in. */
  #template({ line }: Action, xml: string): Element {
    const filled = xml.replace(/\$\{([^}]+)\}/g, (_all, name: string) =>
      escapeAttribute(this.#value(name, line)),
    );
    return parseStanza(filled, line);
  }

  #value(name: string, line: number): string {
    const [, client, what] = /^(.+)'s (JID|full JID)$/.exec(name) ?? [];
    if (client === undefined) {
      const captured = this.#captures.get(name);
      if (captured === undefined) throw new Failure(line, `nothing was captured as ${name}`);
      return captured;
    }
    const account = this.#script.clients.find((each) => each.name === client);
    if (!account) throw new Failure(line, `there is no client ${client}`);
    if (what === "JID") return bareOf(account.jid);
    const connection = this.#connections.get(client);
    if (!connection) throw new Failure(line, `${client} is not connected and has no full JID`);
    return connection.jid;
  }
}

function describeFailure(
  client: string,
  xml: string,
  passedOver: readonly { stanza: Element; differences: string[] }[],
): string {
  const expected = `${client} did not receive\n${indent(xml)}`;
  if (passedOver.length === 0) return `${expected}\nNothing came instead.`;
  const nearest = [...passedOver].sort((a, b) => a.differences.length - b.differences.length);
  const [first, ...others] = nearest;
  const instead = `Instead came\n${indent(first ? serialize(first.stanza) : "")}\nwhich differs:\n${indent((first?.differences ?? []).join("\n"))}`;
  const more =
    others.length === 0 ? "" : `\nand\n${indent(others.map(({ stanza }) => serialize(stanza)).join("\n"))}`;
  return `${expected}\n${instead}${more}`;
}

const indent = (text: string): string => text.replace(/^/gm, "  ");

export { ScriptError };

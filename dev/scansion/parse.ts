import { parse } from "../../src/xmpp/element.ts";
import { parseJid } from "../../src/xmpp/jid.ts";

/** A client of a script. */
export interface ScriptClient {
  readonly name: string;
  /** JID as written. Without a resource the server chooses one. */
  readonly jid: string;
  readonly password: string;
}

/** An action of a script; `line` counts from 1. Stanzas are text, because they may hold ${...}. */
export type Action = { readonly line: number; readonly client: string } & (
  | { readonly kind: "connects" | "disconnects" | "receives nothing" }
  | { readonly kind: "sends" | "receives"; readonly xml: string }
);

export interface Script {
  readonly clients: readonly ScriptClient[];
  readonly actions: readonly Action[];
  /** Actions at the end, also after a failure. */
  readonly cleanUp: readonly Action[];
}

/** Thrown for a script that cannot be read; `line` counts from 1. */
export class ScriptError extends Error {
  override name = "ScriptError";
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

interface Line {
  readonly number: number;
  readonly text: string;
}

const RULE = /^-{3,}$/;
const ACTION = /^(.+?)\s+(connects|disconnects|sends:|receives:|receives nothing)$/;
const FIELDS = ["jid", "password"];

/** Parses a script (docs/scansion.md). Throws `ScriptError`. */
export function parseScript(text: string): Script {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, index) => ({ number: index + 1, text: line.trimEnd() }))
    .filter((line) => !line.text.startsWith("#"));
  const rules = lines.flatMap((line, index) => (RULE.test(line.text) ? [index] : []));
  const [first, second = lines.length, third] = rules;
  if (first === undefined)
    throw new ScriptError(1, "a line of ----- must stand between the clients and the actions");
  if (third !== undefined)
    throw new ScriptError(lines[third]?.number ?? 1, "there are at most two lines of -----");
  const clients = readClients(lines.slice(0, first));
  const names = clients.map((client) => client.name);
  return {
    clients,
    actions: readActions(lines.slice(first + 1, second), names),
    cleanUp: readActions(lines.slice(second + 1), names),
  };
}

function readClients(lines: readonly Line[]): ScriptClient[] {
  const clients: { name: string; line: number; fields: Map<string, string> }[] = [];
  for (const { number, text } of lines) {
    if (text === "") continue;
    const name = /^\[Client\]\s+(.+)$/i.exec(text)?.[1];
    const [, key = "", value = ""] = /^\s+(\w+):\s*(.*)$/.exec(text) ?? [];
    const current = clients.at(-1);
    if (name !== undefined) {
      if (clients.some((client) => client.name === name))
        throw new ScriptError(number, `there are two clients of the name ${name}`);
      clients.push({ name, line: number, fields: new Map() });
    } else if (key !== "" && current) {
      if (!FIELDS.includes(key))
        throw new ScriptError(number, `unknown key ${key}; a client has ${FIELDS.join(" and ")}`);
      current.fields.set(key, value);
    } else throw new ScriptError(number, `neither "[Client] Name" nor an indented "key: value": ${text}`);
  }
  return clients.map(({ name, line, fields }) => {
    const jid = fields.get("jid");
    if (!jid) throw new ScriptError(line, `the client ${name} has no jid`);
    if (parseJid(jid)?.local === undefined)
      throw new ScriptError(line, `the jid of ${name} is not of the form user@domain: ${jid}`);
    return { name, jid, password: fields.get("password") ?? "" };
  });
}

function readActions(lines: readonly Line[], names: readonly string[]): Action[] {
  const actions: Action[] = [];
  let next = 0;
  while (next < lines.length) {
    const { number: line, text } = lines[next++] as Line;
    if (text === "") continue;
    const [, client, verb] = ACTION.exec(text) ?? [];
    if (client === undefined || verb === undefined) throw new ScriptError(line, `not an action: ${text}`);
    if (!names.includes(client)) throw new ScriptError(line, `there is no client ${client}`);
    if (verb === "sends:" || verb === "receives:") {
      const start = next;
      while (next < lines.length && /^(\s|$)/.test(lines[next]?.text ?? "x")) next++;
      const xml = lines.slice(start, next).map((each) => each.text);
      const kind = verb === "sends:" ? "sends" : "receives";
      actions.push({ line, client, kind, xml: checkStanza(xml.join("\n").trim(), line, names) });
    } else {
      actions.push({ line, client, kind: verb as "connects" | "disconnects" | "receives nothing" });
    }
  }
  return actions;
}

/** Checks a stanza as far as possible before its ${...} have values. */
function checkStanza(xml: string, line: number, names: readonly string[]): string {
  if (xml === "") throw new ScriptError(line, "a stanza must follow, indented");
  for (const [, owner] of xml.matchAll(/\$\{([^}]+)'s (?:full )?JID\}/g)) {
    if (!names.includes(owner ?? "")) throw new ScriptError(line, `there is no client ${owner}`);
  }
  // The apostrophe in ${Romeo's JID} must not end an attribute value.
  const filled = xml.replace(/\$\{[^}]*\}/g, "value");
  let root: { name: string };
  try {
    root = parse(filled);
  } catch (error) {
    throw new ScriptError(line, `the stanza is not well-formed: ${(error as Error).message}`);
  }
  // The parser stops at the end of the first element without an error.
  if (!holdsOneElement(filled)) throw new ScriptError(line, `something follows the end of <${root.name}>`);
  return xml;
}

function holdsOneElement(xml: string): boolean {
  return (
    parse(`<all>${xml}</all>`).children.filter((node) => typeof node !== "string" || node.trim() !== "")
      .length === 1
  );
}

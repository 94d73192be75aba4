// The script language: text to a list of actions.
import { type Element, parse } from "../xmpp/element.ts";

export interface ScriptClient {
  readonly name: string;
  readonly jid: string;
  readonly password: string;
}

/** What a script does; `line` is where the action stands, from 1. Templates are text, as they may hold ${...}. */
export type Action = { readonly line: number; readonly client: string } & (
  | { readonly kind: "connects" | "disconnects" | "receives-nothing" }
  | { readonly kind: "sends" | "receives"; readonly xml: string }
);

export interface Script {
  readonly clients: readonly ScriptClient[];
  readonly actions: readonly Action[];
  /** Done at the end, also after a failure. */
  readonly cleanUp: readonly Action[];
}

/** A script that cannot be read. */
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

/** Reads a script; throws `ScriptError`. */
export function parseScript(text: string): Script {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ number: index + 1, text: line.trimEnd() }))
    .filter((line) => line.text.trim() !== "" && !line.text.startsWith("#"));
  const marks = lines.flatMap((line, index) => (/^-{3,}$/.test(line.text) ? [index] : []));
  const [first, second = lines.length] = marks;
  if (first === undefined)
    throw new ScriptError(1, "a line of ----- must stand between the clients and the actions");
  if (marks.length > 2)
    throw new ScriptError(lines[marks[2] ?? 0]?.number ?? 1, "there are at most two lines of -----");
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
  for (const line of lines) {
    const name = /^\[Client\]\s+(.+)$/i.exec(line.text)?.[1];
    const field = /^\s+(\w+):\s*(.*)$/.exec(line.text);
    if (name) clients.push({ name, line: line.number, fields: new Map() });
    else if (field?.[1] && clients.length > 0) clients.at(-1)?.fields.set(field[1], field[2] ?? "");
    else
      throw new ScriptError(
        line.number,
        `neither "[Client] Name" nor an indented "key: value": ${line.text}`,
      );
  }
  return clients.map(({ name, line, fields }) => {
    const jid = fields.get("jid");
    if (!jid) throw new ScriptError(line, `the client ${name} has no jid`);
    return { name, jid, password: fields.get("password") ?? "" };
  });
}

function readActions(lines: readonly Line[], names: readonly string[]): Action[] {
  const actions: Action[] = [];
  const rest = [...lines];
  for (let line = rest.shift(); line; line = rest.shift()) {
    const [, client, verb] =
      /^(.+?) (connects|disconnects|sends:|receives:|receives nothing)$/.exec(line.text) ?? [];
    if (!client || !verb) throw new ScriptError(line.number, `not an action: ${line.text}`);
    if (!names.includes(client)) throw new ScriptError(line.number, `there is no client ${client}`);
    const base = { line: line.number, client };
    if (verb === "connects" || verb === "disconnects") actions.push({ ...base, kind: verb });
    else if (verb === "receives nothing") actions.push({ ...base, kind: "receives-nothing" });
    else {
      const end = rest.findIndex((each) => !/^\s/.test(each.text));
      const block = rest.splice(0, end < 0 ? rest.length : end);
      const xml = block
        .map((each) => each.text)
        .join("\n")
        .trim();
      actions.push({
        ...base,
        kind: verb === "sends:" ? "sends" : "receives",
        xml: checked(xml, line.number),
      });
    }
  }
  return actions;
}

function checked(xml: string, line: number): string {
  parseStanza(xml, line);
  return xml;
}

/** The element of a template. Parsed as XML it is text again wherever it holds ${...}. */
export function parseStanza(xml: string, line: number): Element {
  if (xml === "") throw new ScriptError(line, "a stanza must follow, indented");
  try {
    return parse(xml);
  } catch (error) {
    throw new ScriptError(
      line,
      `the stanza is not well-formed: ${error instanceof Error ? error.message : error}`,
    );
  }
}

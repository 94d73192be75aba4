import { type Element, parse } from "../../src/xmpp/element.ts";
import { escapeAnywhere, escapeAttribute, escapeText } from "../../src/xmpp/escape.ts";
import { bareOf } from "../../src/xmpp/jid.ts";
import type { Action, Script } from "./parse.ts";

/** The current values of a script's ${...}. */
export interface Values {
  /** Addresses as in the script, by the client's name. */
  readonly jids: ReadonlyMap<string, string>;
  /** Full JIDs of the latest connections, by the client's name. */
  readonly fullJids: ReadonlyMap<string, string>;
  readonly captures: ReadonlyMap<string, string>;
}

/** Fills in the ${...} of a template and parses it. Throws if one of them has no value yet. */
export function fill(xml: string, values: Values): Element {
  return parse(xml.replace(/\$\{([^}]+)\}/g, (_all, name: string) => escapeAnywhere(lookUp(name, values))));
}

function lookUp(name: string, { jids, fullJids, captures }: Values): string {
  const [, client, what] = /^(.+)'s (JID|full JID)$/.exec(name) ?? [];
  if (client === undefined) {
    const captured = captures.get(name);
    if (captured === undefined) throw new Error(`nothing was captured as ${name}`);
    return captured;
  }
  const jid = jids.get(client);
  if (jid === undefined) throw new Error(`there is no client ${client}`);
  if (what === "JID") return bareOf(jid);
  const full = fullJids.get(client) ?? (jid.includes("/") ? jid : undefined);
  if (full === undefined) throw new Error(`${client} has not connected yet, so has no full JID`);
  return full;
}

/** Serializes an element with its namespaces as written, without the marks for the runner. */
export function write(element: Element): string {
  let text = `<${element.name}`;
  for (const [name, value] of Object.entries(element.attrs))
    if (!isMark(name)) text += ` ${name}="${escapeAttribute(value)}"`;
  if (element.children.length === 0) return `${text}/>`;
  const content = element.children.map((node) => (typeof node === "string" ? escapeText(node) : write(node)));
  return `${text}>${content.join("")}</${element.name}>`;
}

/** Returns true for attributes that are for the runner, such as scansion:strict. */
export function isMark(attribute: string): boolean {
  return attribute.startsWith("scansion:");
}

/** Replaces domains in a script. Only whole domains match: "localhost" is not found in "a.localhost". */
export function mapDomains(script: Script, domains: ReadonlyMap<string, string>): Script {
  if (domains.size === 0) return script;
  const replace = (text: string) =>
    text.replace(NAMESPACE_OR_DOMAIN, (found, domain?: string) => domains.get(domain ?? "") ?? found);
  const mapAction = (action: Action): Action =>
    "xml" in action ? { ...action, xml: replace(action.xml) } : action;
  return {
    clients: script.clients.map((client) => ({ ...client, jid: replace(client.jid) })),
    actions: script.actions.map(mapAction),
    cleanUp: script.cleanUp.map(mapAction),
  };
}

// A namespace may contain a domain, such as jabber.org, and must not change.
const NAMESPACE_OR_DOMAIN =
  /xmlns(?::[\w-]+)?\s*=\s*(?:"[^"]*"|'[^']*')|(?<![\w.-])([\w-]+(?:\.[\w-]+)*)(?![\w-])/g;

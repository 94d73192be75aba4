import { type Element, parse } from "../../src/xmpp/element.ts";
import { escapeAnywhere, escapeAttribute, escapeText } from "../../src/xmpp/escape.ts";
import { bareOf } from "../../src/xmpp/jid.ts";
import type { Action, Script } from "./parse.ts";

/** What a script's ${...} stand for at a moment of its play. */
export interface Values {
  /** Addresses as the script gives them, by the client's name. */
  readonly jids: ReadonlyMap<string, string>;
  /** Addresses that the server gave at the latest connection. */
  readonly fullJids: ReadonlyMap<string, string>;
  readonly captures: ReadonlyMap<string, string>;
}

/** The element of a template with its ${...} filled in; throws where one of them has no value (yet). */
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

/** Writes an element with every namespace as it stands, but without the marks that are for the runner. */
export function write(element: Element): string {
  let text = `<${element.name}`;
  for (const [name, value] of Object.entries(element.attrs))
    if (!isMark(name)) text += ` ${name}="${escapeAttribute(value)}"`;
  if (element.children.length === 0) return `${text}/>`;
  const content = element.children.map((node) => (typeof node === "string" ? escapeText(node) : write(node)));
  return `${text}>${content.join("")}</${element.name}>`;
}

/** Whether an attribute is a word to the runner, such as scansion:strict. */
export function isMark(attribute: string): boolean {
  return attribute.startsWith("scansion:");
}

/** A script for a server with other domains. Whole domains only: "localhost" is not found in "a.localhost". */
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

// A namespace may begin with a domain, such as jabber.org, and is to stay what it is.
const NAMESPACE_OR_DOMAIN =
  /xmlns(?::[\w-]+)?\s*=\s*(?:"[^"]*"|'[^']*')|(?<![\w.-])([\w-]+(?:\.[\w-]+)*)(?![\w-])/g;

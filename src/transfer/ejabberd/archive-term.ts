// Items of the table archive_msg (mod_mam with Mnesia).
import { Element } from "../../xmpp/element.ts";
import type { ArchiveItem } from "./storage.ts";
import { itemsOf, type Term, wordOf } from "./term.ts";

/** Converts an Erlang timestamp to milliseconds since 1970. */
export function timeOf(timestamp: Term): number | undefined {
  const [mega, seconds, micro] = itemsOf(timestamp);
  if (typeof mega !== "number" || typeof seconds !== "number" || typeof micro !== "number") return undefined;
  return (mega * 1_000_000 + seconds) * 1000 + Math.floor(micro / 1000);
}

/** Reads an item of the archive. */
export function readArchiveTerm(item: Term, where: string): ArchiveItem {
  const [, , id, timestamp, , , packet, nick] = itemsOf(item);
  return {
    id: typeof id === "string" ? id : undefined,
    at: timeOf(timestamp),
    nick: typeof nick === "string" ? nick : undefined,
    stanza: readElement(packet),
    where,
  };
}

/** Converts {xmlel, Name, Attributes, Children} to an element. */
function readElement(term: Term): Element | undefined {
  const [kind, name, attributes, children] = itemsOf(term);
  if (wordOf(kind) !== "xmlel" || typeof name !== "string") return undefined;
  const pairs = itemsOf(attributes).map((pair) => itemsOf(pair).map((part) => wordOf(part) ?? ""));
  const element = new Element(name, Object.fromEntries(pairs));
  for (const node of itemsOf(children)) {
    const [type, text] = itemsOf(node);
    const inner = readElement(node);
    if (inner) {
      inner.parent = element;
      element.children.push(inner);
    } else if (wordOf(type) === "xmlcdata" && typeof text === "string") {
      element.children.push(text);
    }
  }
  return element;
}

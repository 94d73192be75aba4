// A message of ejabberd's archive (mod_mam, the table archive_msg), as a record.
import type { AffiliationRecord, ArchivedMessage } from "../../muc/journal.ts";
import { isForged } from "../../muc/marks.ts";
import { occupantIdFor } from "../../muc/occupant-id.ts";
import { child, childText, Element } from "../../xmpp/element.ts";
import { normalizeResource, parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { kindOfMessage, writeMarkup } from "../markup.ts";
import { itemsOf, type Term, wordOf } from "./term.ts";

export interface ArchiveRoom {
  /** The room's address where it was. */
  readonly address: string;
  /** What its occupant-ids are keyed by. */
  readonly key: string;
  affiliationOf(bareJid: string): AffiliationRecord | undefined;
}

/** When an item was archived, in milliseconds since 1970. */
export function timeOf(timestamp: Term): number | undefined {
  const [mega, seconds, micro] = itemsOf(timestamp);
  if (typeof mega !== "number" || typeof seconds !== "number" || typeof micro !== "number") return undefined;
  return (mega * 1_000_000 + seconds) * 1000 + Math.floor(micro / 1000);
}

/** The record of an archive_msg; undefined where there is nothing in it that is kept here. */
export function readArchived(item: Term, room: ArchiveRoom): ArchivedMessage | undefined {
  const [, , id, timestamp, , , packet, name] = itemsOf(item);
  const stanza = readElement(packet);
  const at = timeOf(timestamp);
  const nick = typeof name === "string" ? normalizeResource(name) : undefined;
  const from = parseJid(stanza?.attrs.from ?? "");
  if (typeof id !== "string" || !stanza || at === undefined || nick === undefined || !from) return undefined;
  const said = stanza.getChildElements().filter((el) => !isForged(el, room.address));
  if (said.length === 0) return undefined;
  const affiliation = room.affiliationOf(from.bare)?.affiliation ?? "none";
  return {
    kind: kindOfMessage(stanza),
    stanzaId: id,
    at,
    nick,
    jid: from.full,
    author: occupantIdFor(room.key, from.bare),
    affiliation,
    role: affiliation === "owner" || affiliation === "admin" ? "moderator" : "participant",
    id: stanza.attrs.id ?? id,
    language: stanza.attrs["xml:lang"],
    corrects: child(stanza, "replace", NS.correct)?.attrs.id,
    payload: writeMarkup(said),
    text: childText(stanza, "body"),
  };
}

/** {xmlel, Name, Attributes, Children} as an element. */
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

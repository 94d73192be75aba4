// A message of Prosody's archive (mod_muc_mam), as a record.
import type { AffiliationRecord, ArchivedMessage, RoomRecord } from "../../muc/model/journal.ts";
import { occupantIdFor } from "../../muc/room/occupant-id.ts";
import { child, Element } from "../../xmpp/element.ts";
import { normalizeResource, parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { readContent } from "../markup.ts";
import { type LuaTable, tableOf, textOf } from "./lua.ts";

/** What an item's meaning depends on. */
export interface ArchiveRoom {
  /** The room's address where it was. */
  readonly address: string;
  /** Whose occupant-id this is, of those who have an affiliation. */
  userOf(occupantId: string): AffiliationRecord | undefined;
  affiliationOf(bareJid: string): AffiliationRecord | undefined;
}

/** Where an item was kept beside its stanza: in a list they are in it, in a database in columns. `when` in seconds. */
export interface ItemKeys {
  readonly key: string;
  readonly when: number;
}

/** The stanza as an element. */
export function readStanzaTable(table: LuaTable): Element | undefined {
  const name = textOf(table, "name");
  if (name === undefined || !/^[A-Za-z_][\w.:-]*$/.test(name)) return undefined;
  const attributes: Record<string, string> = {};
  for (const [key, value] of tableOf(table.get("attr"))) {
    // Attributes with a namespace are rare, and kept without their prefix.
    if (typeof key === "string" && typeof value === "string" && /^[A-Za-z_][\w.-]*$|^xml:lang$/.test(key))
      attributes[key] = value;
  }
  const element = new Element(name, attributes);
  for (let index = 1; table.has(index); index += 1) {
    const node = table.get(index);
    if (typeof node === "string") element.children.push(node);
    else {
      const inner = readStanzaTable(tableOf(node));
      if (!inner) continue;
      inner.parent = element;
      element.children.push(inner);
    }
  }
  return element;
}

/** The record of a stanza that was archived; undefined where there is nothing in it that is kept here. */
export function readArchived(
  stanza: Element,
  { key, when }: ItemKeys,
  room: ArchiveRoom,
): ArchivedMessage | undefined {
  const from = parseJid(stanza.attrs.from ?? "");
  if (stanza.getName() !== "message" || from?.bare !== room.address) return undefined;
  const nick = from.resource === undefined ? "" : normalizeResource(from.resource);
  if (nick === undefined) return undefined;
  const author = child(stanza, "occupant-id", NS.occupantId)?.attrs.id ?? "";
  const item = child(stanza, "x", NS.mucUser)?.getChild("item");
  const user = (author === "" ? undefined : room.userOf(author)) ?? room.affiliationOf(item?.attrs.jid ?? "");
  const content = readContent(stanza, room.address, user?.affiliation ?? "none", key);
  const jid = parseJid(item?.attrs.jid ?? "")?.full ?? user?.jid ?? "";
  return content && { stanzaId: key, at: Math.round(when * 1000), nick, jid, author, ...content };
}

/** What the archive of a room that was read needs to know of it. */
export function archiveRoom(address: string, { affiliations, notes }: RoomRecord): ArchiveRoom {
  const byJid = new Map(affiliations.map((record) => [record.jid, record]));
  const key = notes.get("occupant-id");
  const byId = new Map(
    key === undefined ? [] : affiliations.map((record) => [occupantIdFor(key, record.jid), record]),
  );
  return { address, userOf: (id) => byId.get(id), affiliationOf: (jid) => byJid.get(jid) };
}

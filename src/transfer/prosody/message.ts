// Messages of Prosody's archive (mod_muc_mam).
import type { AffiliationRecord, ArchivedMessage, RoomRecord } from "../../muc/model/journal.ts";
import { occupantIdFor } from "../../muc/room/occupant-id.ts";
import { child, Element } from "../../xmpp/element.ts";
import { normalizeResource, parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { readContent } from "../markup.ts";
import { type LuaTable, tableOf, textOf } from "./lua.ts";

/** The room that an item belongs to. */
export interface ArchiveRoom {
  /** The room's address on the old server. */
  readonly address: string;
  /** Returns the affiliated user with this occupant-id. */
  userOf(occupantId: string): AffiliationRecord | undefined;
  affiliationOf(bareJid: string): AffiliationRecord | undefined;
}

/** An item's keys: in a list they are in the item, in a database in columns. `when` is in seconds since 1970. */
export interface ItemKeys {
  readonly key: string;
  readonly when: number;
}

/** Converts a stanza to an element. */
export function readStanzaTable(table: LuaTable): Element | undefined {
  const name = textOf(table, "name");
  if (name === undefined || !/^[A-Za-z_][\w.:-]*$/.test(name)) return undefined;
  const attributes: Record<string, string> = {};
  for (const [key, value] of tableOf(table.get("attr"))) {
    // Attributes with a namespace other than xml: are rare, and left out.
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

/** Converts an archived stanza to a record. Returns undefined if it has nothing that Verona archives. */
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

/** Returns what reading the archive of a room needs. */
export function archiveRoom(address: string, { affiliations, notes }: RoomRecord): ArchiveRoom {
  const byJid = new Map(affiliations.map((record) => [record.jid, record]));
  const key = notes.get("occupant-id");
  const byId = new Map(
    key === undefined ? [] : affiliations.map((record) => [occupantIdFor(key, record.jid), record]),
  );
  return { address, userOf: (id) => byId.get(id), affiliationOf: (jid) => byJid.get(jid) };
}

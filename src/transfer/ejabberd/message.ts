// Messages of ejabberd's archive (mod_mam).
import type { AffiliationRecord, ArchivedMessage } from "../../muc/model/journal.ts";
import { occupantIdFor } from "../../muc/room/occupant-id.ts";
import { normalizeResource, parseJid } from "../../xmpp/jid.ts";
import { readContent } from "../markup.ts";
import type { ArchiveItem } from "./storage.ts";

export interface ArchiveRoom {
  /** The room's address on the old server. */
  readonly address: string;
  /** Key of its occupant-ids. */
  readonly key: string;
  affiliationOf(bareJid: string): AffiliationRecord | undefined;
}

/** Converts an item to a record. Returns undefined if it has nothing that Verona archives. */
export function readArchived(item: ArchiveItem, room: ArchiveRoom): ArchivedMessage | undefined {
  const { id, at, stanza } = item;
  const nick = item.nick === undefined ? undefined : normalizeResource(item.nick);
  const from = parseJid(stanza?.attrs.from ?? "");
  if (id === undefined || !stanza || at === undefined || nick === undefined || !from) return undefined;
  const affiliation = room.affiliationOf(from.bare)?.affiliation ?? "none";
  const content = readContent(stanza, room.address, affiliation, id);
  const author = occupantIdFor(room.key, from.bare);
  return content && { stanzaId: id, at, nick, jid: from.full, author, ...content };
}

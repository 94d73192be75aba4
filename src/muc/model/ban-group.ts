// The group of rooms with which a room shares its bans (docs/moderation.md). Rooms are in one group if the same owner has given
// them the same name for it, so nobody brings bans into a room without being its owner.
import { hash } from "node:crypto";
import { comparedText } from "./compared-text.ts";
import type { AffiliationRecord } from "./journal.ts";
import { textNote } from "./note-format.ts";
import type { RoomConfig } from "./room-config.ts";
import { bareUserJid } from "./room-config-schema.ts";

/** The name of the operator in the note, who acts in rooms as the service itself. */
export const OPERATOR = "operator";

/** Note with the account that has named the room's group. */
export const banGroupNote = textNote(
  "ban-group",
  "a bare JID of a user, or the operator",
  (text) => text === OPERATOR || bareUserJid.safeParse(text).success,
);

interface GroupedRoom {
  readonly config: Pick<RoomConfig, "banGroup">;
  readonly notes: ReadonlyMap<string, string>;
}

/**
 * Returns the key of a room's group; undefined without one. A name counts only while who gave it is an owner, or administers the
 * service.
 */
export function banGroupOf(
  { config, notes }: GroupedRoom,
  isOwner: (bareJid: string) => boolean,
): string | undefined {
  const by = config.banGroup === "" ? undefined : notes.get(banGroupNote.name);
  if (by === undefined || (by !== OPERATOR && !isOwner(by))) return undefined;
  return hash("sha256", `${by}\n${comparedText(config.banGroup)}`, "hex").slice(0, 32);
}

/** Returns true if an affiliation makes its user an owner at a time (milliseconds since 1970). */
export const isOwnership = (record: AffiliationRecord | undefined, now: number): boolean =>
  record?.affiliation === "owner" && (record.until === undefined || record.until > now);

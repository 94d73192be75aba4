// Accounts without voice until a time. They are a note of the room, so that neither a new visit nor a restart ends a mute.
import { z } from "zod";
import { cutText } from "../../xmpp/escape.ts";
import { type Affiliation, isAdmin, type Role } from "../model/affiliation.ts";
import { latestFitting } from "../model/latest-fitting.ts";
import { account, jsonNote, removeEntries } from "../room/json-note.ts";
import type { Room } from "../room/room.ts";

/** A muted account. */
export interface Mute {
  /** Bare JID. */
  readonly jid: string;
  /** Time at which the mute ends, in milliseconds since 1970. */
  readonly until: number;
  /** Bare JID of the moderator; undefined if a rule of the room did it. */
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** Maximum number of mutes in a room; the latest stay. */
export const MAX_MUTES = 500;
/** Maximum bytes of a reason in the note. */
const REASON_BYTES = 256;

const schema = z.array(
  z.strictObject({
    jid: account,
    until: z.number(),
    by: account.optional(),
    reason: z.string().optional(),
  }),
);

/** The latest mute is last. */
export const mutesNote = jsonNote<readonly Mute[]>("mutes", schema, []);

/** Returns the mutes that have not ended. */
export function mutesOf(room: Room): readonly Mute[] {
  const now = room.environment.now();
  return mutesNote.read(room).filter(({ until }) => until > now);
}

/** Returns the mute of an account; undefined for an account that is not muted. Admins and owners never are. */
export function muteOf(
  room: Room,
  bareJid: string,
  affiliation: Affiliation = room.affiliationOf(bareJid),
): Mute | undefined {
  const all = mutesNote.read(room);
  if (all.length === 0 || isAdmin(affiliation)) return undefined;
  const now = room.environment.now();
  return all.find(({ jid, until }) => jid === bareJid && until > now);
}

/** Returns the role of a user who would have `role` without a mute. */
export const roleUnderMute = (room: Room, bareJid: string, affiliation: Affiliation, role: Role): Role =>
  role === "participant" && muteOf(room, bareJid, affiliation) ? "visitor" : role;

/** Adds a mute, or replaces that of the same account. Returns the accounts whose mutes the limit has dropped. */
export function addMute(room: Room, mute: Mute): string[] {
  const reason = mute.reason === undefined ? undefined : cutText(mute.reason, REASON_BYTES);
  const others = mutesOf(room).filter(({ jid }) => jid !== mute.jid);
  const kept = latestFitting([...others, { ...mute, reason }], MAX_MUTES);
  mutesNote.write(room, kept);
  return others.slice(0, others.length + 1 - kept.length).map(({ jid }) => jid);
}

/** Forgets the mute of an account. Returns false if there is none. */
export const forgetMute = (room: Room, bareJid: string): boolean =>
  removeEntries(mutesNote, room, ({ jid }) => jid === bareJid).length > 0;

/** Forgets the mutes that have ended. Returns their accounts. */
export function takeEndedMutes(room: Room): string[] {
  const now = room.environment.now();
  return removeEntries(mutesNote, room, ({ until }) => until <= now).map(({ jid }) => jid);
}

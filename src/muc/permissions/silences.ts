// Accounts that only hear themselves. They are a note of the room.
import { z } from "zod";
import { isAdmin } from "../model/affiliation.ts";
import { latestFitting } from "../model/latest-fitting.ts";
import { account, jsonNote, removeEntries } from "../room/json-note.ts";
import type { Room } from "../room/room.ts";

/** A silenced account. */
interface Silence {
  /** Bare JID. */
  readonly jid: string;
  /** Time at which it ends, in milliseconds since 1970; undefined for none. */
  readonly until?: number | undefined;
}

/** Maximum number of silenced accounts in a room; the latest stay. */
const MAX_SILENCES = 200;

const schema = z.array(z.strictObject({ jid: account, until: z.number().optional() }));

/** The latest is last. */
export const silencesNote = jsonNote<readonly Silence[]>("silences", schema, []);

/** Returns the silences that have not ended. */
export function silencesOf(room: Room): readonly Silence[] {
  const all = silencesNote.read(room);
  if (all.length === 0) return all;
  const now = room.environment.now();
  return all.filter(({ until = Number.POSITIVE_INFINITY }) => until > now);
}

/** Returns true for a silenced account (bare JID). Admins and owners never are. */
export const isSilenced = (room: Room, bareJid: string): boolean =>
  silencesOf(room).some(({ jid }) => jid === bareJid) && !isAdmin(room.affiliationOf(bareJid));

export function addSilence(room: Room, silence: Silence): void {
  const others = silencesOf(room).filter(({ jid }) => jid !== silence.jid);
  silencesNote.write(room, latestFitting([...others, silence], MAX_SILENCES));
}

/** Forgets the silence of an account. Returns false if there is none. */
export const forgetSilence = (room: Room, bareJid: string): boolean =>
  removeEntries(silencesNote, room, ({ jid }) => jid === bareJid).length > 0;

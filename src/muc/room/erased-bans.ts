// Bans of accounts that were erased: the room keeps a hash, and the account stays out.
import { erasedBansNote, hasErasedBan, hashOfAccount } from "../model/erased-bans.ts";
import type { Room } from "./room.ts";

const { name } = erasedBansNote;
/** The latest bans that a room keeps. */
const MOST = 10_000;

const hashesOf = (room: Room): string[] => room.notes.get(name)?.split(" ") ?? [];

/** Keeps an account out that the room forgets. */
export function banErased(room: Room, bareJid: string): void {
  if (hasErasedBan(room.notes.get(name), bareJid)) return;
  room.note(name, [...hashesOf(room), hashOfAccount(bareJid)].slice(-MOST).join(" "));
}

/** Lifts the ban of an account that the room has forgotten. */
export function unbanErased(room: Room, bareJid: string): void {
  if (!hasErasedBan(room.notes.get(name), bareJid)) return;
  const hash = hashOfAccount(bareJid);
  room.note(
    name,
    hashesOf(room)
      .filter((each) => each !== hash)
      .join(" ") || undefined,
  );
}

// Bans of accounts that were erased: a note of the room with the SHA-256 of their bare JIDs, in hexadecimal digits.
import { createHash } from "node:crypto";
import { textNote } from "./note-format.ts";

export const erasedBansNote = textNote("erased-bans", "hashes in hexadecimal digits", (text) =>
  /^[0-9a-f]{64}( [0-9a-f]{64})*$/.test(text),
);

export const hashOfAccount = (bareJid: string): string => createHash("sha256").update(bareJid).digest("hex");

/** Returns true if the note has an account. Costs nothing without a note. */
export const hasErasedBan = (text: string | undefined, bareJid: string): boolean =>
  text?.includes(hashOfAccount(bareJid)) === true;

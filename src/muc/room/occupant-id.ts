// Occupant ids (XEP-0421): independent of the nickname, and not revealing the JID.
import { createHmac } from "node:crypto";
import { NS } from "../../xmpp/namespaces.ts";
import { tag } from "../../xmpp/tag.ts";
import { textNote } from "../model/note-format.ts";
import type { Room } from "./room.ts";

const NOTE = "occupant-id";

export const occupantIdNote = textNote(NOTE, "a text that is not empty", (text) => text !== "");

/** Prefix of the note in rooms imported from Prosody; the rest of the note is Prosody's salt. */
const PROSODY = "prosody:";

/** Returns the occupant id of a user in this room. Its key is a secret in the room's notes (XEP-0421 section 3). */
export function occupantId(room: Room, bareJid: string): string {
  return occupantIdFor(keyOf(room), bareJid);
}

/** Returns the occupant id of a user; undefined if the room has given none yet. */
export function knownOccupantId(room: Room, bareJid: string): string | undefined {
  const key = room.notes.get(NOTE);
  return key === undefined ? undefined : occupantIdFor(key, bareJid);
}

/** Returns the occupant id of a user in a room with this secret. Rooms imported from Prosody keep Prosody's ids. */
export function occupantIdFor(key: string, bareJid: string): string {
  if (key.startsWith(PROSODY))
    return createHmac("sha256", bareJid).update(key.slice(PROSODY.length)).digest("base64");
  return createHmac("sha256", key).update(bareJid).digest("base64url");
}

/** Returns a hash of a text, keyed with the room's secret. */
export function keyedHash(room: Room, text: string): string {
  return createHmac("sha256", keyOf(room)).update(text).digest("base64url");
}

function keyOf(room: Room): string {
  let key = room.notes.get(NOTE);
  if (key === undefined) {
    key = room.environment.newId();
    room.note(NOTE, key);
  }
  return key;
}

/** Writes the occupant-id element for an occupant's presence and messages. */
export function occupantIdTag(id: string): string {
  return tag("occupant-id", { xmlns: NS.occupantId, id });
}

// Occupant identifiers (XEP-0421): the same for a user whatever the nickname, and telling nothing of the JID.
import { createHmac } from "node:crypto";
import { NS } from "../../xmpp/namespaces.ts";
import { tag } from "../../xmpp/tag.ts";
import { textNote } from "../model/note-format.ts";
import type { Room } from "./room.ts";

const NOTE = "occupant-id";

export const occupantIdNote = textNote(NOTE, "a text that is not empty", (text) => text !== "");

/** Begins the note of a room that came from Prosody; what follows is the salt that it had there. */
const PROSODY = "prosody:";

/** A user's identifier in this room; it is keyed by a secret that is kept with the room (XEP-0421 section 3). */
export function occupantId(room: Room, bareJid: string): string {
  return occupantIdFor(keyOf(room), bareJid);
}

/** A user's identifier in a room with that secret. Rooms from Prosody go on with its identifiers, so users stay known. */
export function occupantIdFor(key: string, bareJid: string): string {
  if (key.startsWith(PROSODY))
    return createHmac("sha256", bareJid).update(key.slice(PROSODY.length)).digest("base64");
  return createHmac("sha256", key).update(bareJid).digest("base64url");
}

/** What nobody can compute who does not know the room's secret. */
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

/** The mark that presence and messages of an occupant carry. */
export function occupantIdTag(id: string): string {
  return tag("occupant-id", { xmlns: NS.occupantId, id });
}

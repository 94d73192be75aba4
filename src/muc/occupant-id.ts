// Occupant identifiers (XEP-0421): the same for a user whatever the nickname, and telling nothing of the JID.
import { createHmac } from "node:crypto";
import { NS } from "../xmpp/namespaces.ts";
import { tag } from "../xmpp/tag.ts";
import type { Room } from "./room.ts";

const NOTE = "occupant-id";

/** A user's identifier in this room; it is keyed by a secret that is kept with the room (XEP-0421 section 3). */
export function occupantId(room: Room, bareJid: string): string {
  return keyedHash(room, bareJid);
}

/** What nobody can compute who does not know the room's secret. */
export function keyedHash(room: Room, text: string): string {
  let key = room.notes.get(NOTE);
  if (key === undefined) {
    key = room.environment.newId();
    room.note(NOTE, key);
  }
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** The mark that presence and messages of an occupant carry. */
export function occupantIdTag(id: string): string {
  return tag("occupant-id", { xmlns: NS.occupantId, id });
}

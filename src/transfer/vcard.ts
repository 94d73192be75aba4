// The vCard of a room with its avatar, as another server stored it (XEP-0054, XEP-0486).
import { vcardNotes } from "../muc/administration/avatar.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { inEnglish } from "../xmpp/text.ts";

/** Largest vCard in bytes. A larger one would not fit into a stanza. */
const LARGEST = 262_144;

/** Returns the room's notes for a vCard, or a text that says what cannot be imported. */
export function readVcard(vcard: Element | undefined): ReadonlyMap<string, string> | string {
  if (vcard?.is("vCard", NS.vcard) !== true) return "its vCard, with the avatar (damaged)";
  const read = vcardNotes(vcard);
  if (read.kind === "refused")
    return `its vCard, with the avatar (${read.error.text ? inEnglish(read.error.text) : read.error.condition})`;
  const notes = read.value;
  const size = Math.max(...[...notes.values()].map((text) => Buffer.byteLength(text)), 0);
  return size > LARGEST ? `its vCard, with the avatar (${size} bytes)` : notes;
}

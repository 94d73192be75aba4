// The vCard and avatar of a room (XEP-0486, XEP-0054) and its announcement by a hash (XEP-0153).
import { createHash } from "node:crypto";
import { children, childText, type Element, serialize } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { openTag, tag, textTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { isElements } from "../../xmpp/well-formed.ts";
import type { Recipients } from "../model/effects.ts";
import { textNote } from "../model/note-format.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import { MAX_COUNT } from "../model/size-limits.ts";
import { mayChangeAvatar } from "../permissions/privileges.ts";
import { audienceOf } from "../permissions/room-audience.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { sendStatuses } from "./status-message.ts";

/** Names of the notes: the vCard as markup, and the hashes of its photos, separated by spaces. */
const VCARD = "vcard";
const HASHES = "avatar-hashes";
const BASE64 = /^[A-Za-z\d+/]*={0,2}$/;

export const vcardNote = textNote(
  VCARD,
  "one vCard of well-formed XML",
  (text) => /^<vCard xmlns="vcard-temp"[ >]/.test(text) && isElements(text),
);
export const hashesNote = textNote(HASHES, "SHA-1 hashes in hexadecimal digits", (text) =>
  /^[\da-f]{40}( [\da-f]{40})*$/.test(text),
);

/** Answers a get or set of the room's vCard. Only the limit on stanzas bounds its size. */
export function handleVCard(room: Room, stanza: Stanza, vcard: Element): IqOutcome {
  if (stanza.type === "get") {
    const text = room.notes.get(VCARD);
    return text === undefined ? refuse(errors.itemNotFound(say`This room has no vCard`)) : result(text);
  }
  if (!mayChangeAvatar(room, stanza.from.bare))
    return refuse(errors.forbidden(say`Only owners may change the avatar`));
  const submitted = vcardNotes(vcard);
  if (submitted.kind === "refused") return submitted;
  const notes = submitted.value;
  if (notes.get(VCARD) === room.notes.get(VCARD)) return result();
  recordAct(room, { kind: "avatar-changed", by: stanza.from.bare });
  const before = avatarHashes(room)[0];
  for (const name of [VCARD, HASHES]) room.note(name, notes.get(name));
  if (avatarHashes(room)[0] !== before) announceAvatar(room, audienceOf(room).everybody());
  sendStatuses(room, [104]);
  return result();
}

/** Returns the notes of a vCard (none for an empty one), or an error if it is not acceptable. */
export function vcardNotes(vcard: Element): Result<ReadonlyMap<string, string>> {
  const hashes = photoHashes(vcard);
  if (!hashes) return refuse(errors.badRequest(say`A photo must be in Base64`));
  if (hashes.length > MAX_COUNT.photos)
    return refuse(errors.notAcceptable(say`A room may have at most ${MAX_COUNT.photos} photos`));
  const notes = new Map<string, string>();
  if (vcard.getChildElements().length > 0) notes.set(VCARD, serialize(vcard));
  if (hashes.length > 0) notes.set(HASHES, hashes.join(" "));
  return ok(notes);
}

/** Returns the SHA-1 hash of each photo in hexadecimal (XEP-0153 section 3.1); undefined if one is not in Base64. */
function photoHashes(vcard: Element): string[] | undefined {
  const hashes: string[] = [];
  for (const photo of children(vcard, "PHOTO", NS.vcard)) {
    const data = (childText(photo, "BINVAL") ?? "").replace(/\s/g, "");
    if (!BASE64.test(data) || data.length % 4 !== 0) return undefined;
    if (data !== "") hashes.push(createHash("sha1").update(Buffer.from(data, "base64")).digest("hex"));
  }
  return hashes;
}

/** Returns the hashes of the room's avatar, one for each of its formats. */
export function avatarHashes(room: Room): string[] {
  return room.notes.get(HASHES)?.split(" ", MAX_COUNT.photos) ?? [];
}

/** Announces the room's avatar, if there is one, to an entering client. */
export function sendAvatar(room: Room, session: string): void {
  if (room.notes.has(HASHES)) announceAvatar(room, [session]);
}

/**
 * Sends the room's own presence with the hash of its avatar, or an empty hash (XEP-0153 section 4.1, XEP-0486 section
 * 5.2).
 */
function announceAvatar(room: Room, to: Recipients): void {
  room.effects.broadcast(openTag("presence", { from: room.address }), `">${avatarTag(room)}</presence>`, to);
}

/** Writes that presence for one client. */
export const writeRoomPresence = (room: Room, to: string): string =>
  tag("presence", { from: room.address, to }, avatarTag(room));

const avatarTag = (room: Room): string =>
  tag("x", { xmlns: NS.vcardUpdate }, textTag("photo", avatarHashes(room)[0] ?? ""));

// Checks whether the server delivers stanzas from an occupant's address. ejabberd drops stanzas from an address that it
// cannot prepare (RFC 3920 section 3.4): nobody would see such an occupant, who would still receive everything. A
// nickname that a client sends has passed the server. A nickname from a payload must be one that all servers accept.
// Only nicknames from an earlier version or an import remain: the room sends a message from the occupant's address to
// itself.
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, writeError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { inEnglish, say } from "../../xmpp/text.ts";
import { NicknameMap } from "../model/nickname-map.ts";
import { DONE, type Done, UNHANDLED, type Unhandled } from "../model/outcome.ts";
import { isDeliverable } from "../permissions/nickname.ts";
import { languageOfClient } from "../room/client-language.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import { removeOccupant } from "./leave.ts";

/** An occupant whose address may be undeliverable, and the message that checks it, if it was sent. */
export interface UnconfirmedAddress {
  readonly occupant: Occupant;
  readonly sent?: { readonly id: string; readonly at: number };
}

/** Unconfirmed addresses by nickname. An entry is valid while its occupant has that nickname. */
const unconfirmed = new RoomSlot("unconfirmed-addresses", () => new NicknameMap<UnconfirmedAddress>());

function unconfirmedAt(room: Room, nick: string): UnconfirmedAddress | undefined {
  const address = unconfirmed.peek(room)?.get(nick);
  return address && room.occupants.get(nick) === address.occupant ? address : undefined;
}

/** Records that the server delivers a nickname. */
export function confirmAddress(room: Room, nick: string): void {
  unconfirmed.peek(room)?.delete(nick);
}

/** Records that the server may not deliver an occupant's nickname, unless all servers deliver it. */
export function noteUnconfirmedAddress(room: Room, occupant: Occupant): void {
  if (!isDeliverable(occupant.nick)) unconfirmed.of(room).set(occupant.nick, { occupant });
}

/** Returns true if the address with this nickname is unconfirmed. Starts its check, if needed. */
export function isUnconfirmed(room: Room, nick: string | undefined): boolean {
  const address = nick === undefined ? undefined : unconfirmedAt(room, nick);
  if (address) checkAddress(room, address);
  return address !== undefined;
}

/** Checks all unconfirmed addresses. Removes the occupants whose message has not come back within `timeout` ms. */
export function checkAddresses(room: Room, timeout: number): void {
  const now = room.environment.elapsed();
  for (const [nick, address] of [...(unconfirmed.peek(room) ?? [])]) {
    if (unconfirmedAt(room, nick) === undefined) unconfirmed.of(room).delete(nick);
    else if (address.sent === undefined) checkAddress(room, address);
    else if (now - address.sent.at >= timeout) removeUndeliverable(room, address.occupant);
  }
}

function checkAddress(room: Room, { occupant, sent }: UnconfirmedAddress): void {
  if (sent !== undefined) return;
  const { environment, address } = room;
  const id = environment.newId();
  unconfirmed.of(room).set(occupant.nick, { occupant, sent: { id, at: environment.elapsed() } });
  const attributes = { from: room.occupantAddress(occupant.nick), to: address, id };
  room.effects.send(tag("message", attributes, tag("address-check", { xmlns: NS.addressCheck })));
}

/**
 * Handles a returned check: the message itself, which confirms the address, or an error, which removes the occupant.
 */
export function handleAddressCheck(room: Room, { from, to, id, type }: Stanza): Done | Unhandled {
  if (from.domain !== room.environment.domain || from.local !== room.node) return UNHANDLED;
  const address = unconfirmedAt(room, (type === "error" ? to : from).resource ?? "");
  if (address?.sent === undefined || address.sent.id !== id) return UNHANDLED;
  if (type === "error") removeUndeliverable(room, address.occupant);
  else confirmAddress(room, address.occupant.nick);
  return DONE;
}

/**
 * Removes an occupant with an undeliverable address. Its clients get an error from the room's own address. The others
 * get nothing: the server would drop it.
 */
function removeUndeliverable(room: Room, occupant: Occupant): void {
  const clients = occupant.sessions.list.map((jid) => ({ jid, language: languageOfClient(room, jid) }));
  occupant.announced = false;
  const reason = say`The server cannot deliver to your nickname. Please enter with another one.`;
  removeOccupant(room, occupant, { statuses: [333], reason: inEnglish(reason) });
  const refusal = errors.jidMalformed(reason);
  for (const { jid: to, language } of clients) {
    const error = writeError(refusal, { language, by: room.address });
    room.effects.send(tag("presence", { type: "error", from: room.address, to }, error));
  }
}

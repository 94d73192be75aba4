// Whether the server carries an occupant's address. ejabberd delivers nothing from an address that it cannot prepare (RFC
// 3920 section 3.4), so such an occupant would listen unseen. Nicknames that clients send have come through the server, and
// those from payloads are ones that all servers carry; others, kept from before or imported, are tried: the room sends
// itself a message from there.
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, writeError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { NicknameMap } from "../model/nickname-map.ts";
import { isCarried } from "../permissions/nickname.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import { removeOccupant } from "./leave.ts";

/** An occupant whose address is in doubt; and the message that is to show whether it is carried, once it is sent. */
export interface AddressDoubt {
  readonly occupant: Occupant;
  readonly sent?: { readonly id: string; readonly at: number };
}

/** By nickname; of one that has left, or has another nickname, nothing is in doubt any more. */
const doubts = new RoomSlot("address-doubts", () => new NicknameMap<AddressDoubt>());

function doubtOf(room: Room, nick: string): AddressDoubt | undefined {
  const doubt = doubts.peek(room)?.get(nick);
  return doubt && room.occupants.get(nick) === doubt.occupant ? doubt : undefined;
}

/** Takes note that a nickname has come through the server. */
export function trustAddress(room: Room, nick: string): void {
  doubts.peek(room)?.delete(nick);
}

/** Notes that an occupant's nickname has not come through the server, where not all servers carry it. */
export function doubtAddress(room: Room, occupant: Occupant): void {
  if (!isCarried(occupant.nick)) doubts.of(room).set(occupant.nick, { occupant });
}

/** Whether the address of the occupant who was given this nickname is in doubt; it is tried where it has not been yet. */
export function isDoubted(room: Room, nick: string | undefined): boolean {
  const doubt = nick === undefined ? undefined : doubtOf(room, nick);
  if (doubt) tryAddress(room, doubt);
  return doubt !== undefined;
}

/** Tries all that are in doubt, and removes those of which nothing has come back within so many milliseconds. */
export function tryAddresses(room: Room, timeout: number): void {
  const now = room.environment.elapsed();
  for (const [nick, doubt] of [...(doubts.peek(room) ?? [])]) {
    if (doubtOf(room, nick) === undefined) doubts.of(room).delete(nick);
    else if (doubt.sent === undefined) tryAddress(room, doubt);
    else if (now - doubt.sent.at >= timeout) removeUncarried(room, doubt.occupant);
  }
}

function tryAddress(room: Room, { occupant, sent }: AddressDoubt): void {
  if (sent !== undefined) return;
  const { environment, address } = room;
  const id = environment.newId();
  doubts.of(room).set(occupant.nick, { occupant, sent: { id, at: environment.elapsed() } });
  const attributes = { from: room.occupantAddress(occupant.nick), to: address, id };
  room.effects.send(tag("message", attributes, tag("address-check", { xmlns: NS.addressCheck })));
}

/** Takes what comes back of such a message: itself, which shows that the address is carried, or an error; whether it is one. */
export function handleAddressCheck(room: Room, { from, to, id, type }: Stanza): boolean {
  if (from.domain !== room.environment.domain || from.local !== room.node) return false;
  const doubt = doubtOf(room, (type === "error" ? to : from).resource ?? "");
  if (doubt?.sent === undefined || doubt.sent.id !== id) return false;
  if (type === "error") removeUncarried(room, doubt.occupant);
  else trustAddress(room, doubt.occupant.nick);
  return true;
}

/** The clients are told from the room's own address, and the others nothing: from the occupant's nobody gets anything. */
function removeUncarried(room: Room, occupant: Occupant): void {
  const clients = occupant.sessions.list;
  occupant.announced = false;
  const reason = "The server does not carry your nickname. Please enter under another one.";
  removeOccupant(room, occupant, { statuses: [333], reason });
  const error = writeError(errors.jidMalformed(reason), room.address);
  for (const to of clients)
    room.effects.send(tag("presence", { type: "error", from: room.address, to }, error));
}

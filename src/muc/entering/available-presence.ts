// Available presence: who is not in the room enters; who is changes nickname or status (XEP-0045 sections 7.2, 7.6, 7.7).
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errorReply, type Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { type DeliveryOutcome, DONE, type Done } from "../model/outcome.ts";
import { confirmAddress } from "../occupants/address-check.ts";
import { changeNickname } from "../occupants/nickname-change.ts";
import { isRewritten, lockedNickname, readNickname } from "../permissions/nickname.ts";
import { seesRealJids } from "../permissions/visibility.ts";
import { requestOf } from "../presence/occupant-presence.ts";
import { broadcastRole, sendOwnPresence } from "../presence/presence.ts";
import { readPresence, refuseLargePresence } from "../presence/presence-payload.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { enter, resynchronize } from "./join.ts";

/** Available presence to an occupant's address: a join, a resynchronization, a new nickname or a new status. */
export function handleAvailablePresence(room: Room, stanza: Stanza, created: boolean): DeliveryOutcome {
  const { resource } = stanza.to;
  if (resource === undefined)
    return refuse(errors.jidMalformed("A nickname is required: room@service/nickname"));
  const present = room.sessions.get(stanza.from.full);
  const requested = readNickname(room, resource);
  if (requested.kind === "refused")
    return present ? refuseNewNickname(room, present, stanza, requested.error) : requested;
  const asked = requested.value;
  confirmAddress(room, asked);
  const tooLarge = refuseLargePresence(room, stanza);
  if (tooLarge) return refuse(tooLarge);
  const locked = lockedNickname(room, stanza.from.bare);
  if (!present) return enter(room, stanza, locked ?? asked, created);
  const isJoin = child(stanza.element, "x", NS.muc) !== undefined;
  // Who joins again asks for what it asked for when it entered, and gets what it got then (section 7.2.2).
  const nick = isJoin && present.nick === locked ? locked : asked;
  const isRename = present.nick !== nick;
  const sawRealJids = seesRealJids(room, present);
  const renamed = isRename ? changeNickname(room, present, nick, requestOf(stanza)) : ok(present);
  if (renamed.kind === "refused") return refuseNewNickname(room, present, stanza, renamed.error);
  const occupant = renamed.value;
  if (isJoin) resynchronize(room, occupant, stanza, isRename);
  else updatePresence(room, occupant, stanza, sawRealJids);
  return DONE;
}

/**
 * Refuses a new nickname (section 7.6), and then shows the client that it is inside under the old one: some clients, as
 * Converse.js, take any refusal of a nickname for one of an entry, and would hide the room.
 */
function refuseNewNickname(room: Room, occupant: Occupant, stanza: Stanza, refusal: StanzaError): Done {
  room.effects.send(errorReply(stanza, refusal, room.address));
  sendOwnPresence(room, occupant, stanza.from.full, {});
  return DONE;
}

/** Section 7.7; under a new nickname section 7.6, by which a client may come to share what a moderator sees. */
function updatePresence(room: Room, occupant: Occupant, stanza: Stanza, sawRealJids: boolean): void {
  room.setPresence(occupant, stanza.from.full, readPresence(stanza));
  const selfStatuses = isRewritten(stanza, occupant.nick) ? [210] : [];
  broadcastRole(room, occupant, sawRealJids, { selfStatuses, answers: requestOf(stanza) });
}

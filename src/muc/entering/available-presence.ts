// Available presence: joins, and changes of nickname and status (XEP-0045 sections 7.2, 7.6 and 7.7).
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errorReply, type Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
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

/**
 * Handles available presence: a join, a resynchronization, or a change of nickname or status. `created`: the presence
 * has created the room.
 */
export function handleAvailablePresence(room: Room, stanza: Stanza, created: boolean): DeliveryOutcome {
  const { resource } = stanza.to;
  if (resource === undefined)
    return refuse(errors.jidMalformed(say`A nickname is required: room@service/nickname`));
  const present = room.sessions.get(stanza.from.full);
  const requested = readNickname(room, resource);
  if (requested.kind === "refused")
    return present ? refuseNewNickname(room, present, stanza, requested.error) : requested;
  const requestedNick = requested.value;
  confirmAddress(room, requestedNick);
  const tooLarge = refuseLargePresence(room, stanza);
  if (tooLarge) return refuse(tooLarge);
  const locked = lockedNickname(room, stanza.from.bare);
  if (!present) return enter(room, stanza, locked ?? requestedNick, created);
  const isJoin = child(stanza.element, "x", NS.muc) !== undefined;
  // A client that joins again requests the same nickname as before, and keeps the one that it was assigned (section
  // 7.2.2).
  const nick = isJoin && present.nick === locked ? locked : requestedNick;
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
 * Refuses a change of nickname (section 7.6), then sends self-presence with the old nickname. Some clients, such as
 * Converse.js, mistake the error for a refused join and would hide the room.
 */
function refuseNewNickname(room: Room, occupant: Occupant, stanza: Stanza, refusal: StanzaError): Done {
  room.effects.send(errorReply(stanza, refusal, room.address));
  sendOwnPresence(room, occupant, stanza.from.full, {});
  return DONE;
}

/**
 * Updates a client's presence (section 7.7), also after a change of nickname (section 7.6). The change may let the
 * client see real JIDs, if it now shares a moderator's nickname.
 */
function updatePresence(room: Room, occupant: Occupant, stanza: Stanza, sawRealJids: boolean): void {
  room.setPresence(occupant, stanza.from.full, readPresence(stanza));
  const selfStatuses = isRewritten(stanza, occupant.nick) ? [210] : [];
  broadcastRole(room, occupant, sawRealJids, { selfStatuses, answers: requestOf(stanza) });
}

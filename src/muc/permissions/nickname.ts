// Rules for nicknames: valid ones, and who may use which (XEP-0045 sections 7.2.2, 7.2.8, 7.12 and 17.1).
import { normalizeResource, prepareResource } from "../../xmpp/jid.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { botLike } from "../room/bots.ts";
import { isLookalike, reservedFor } from "../room/nicknames.ts";
import type { Room } from "../room/room.ts";
import { ROOM_NICK } from "../room/room-voice.ts";
import { refuseNicknamePattern } from "./nickname-patterns.ts";

/** Matches a visible character; U+2800 is a Braille character without dots. */
const VISIBLE = /[^\s\u2800\p{Default_Ignorable_Code_Point}]/u;

/** Returns the enforced form of a nickname. Refuses one that is empty, invisible, too long or no valid resource. */
export function readNickname(room: Room, text: string): Result<string> {
  const nick = normalizeResource(text);
  if (nick === undefined || !VISIBLE.test(nick)) {
    return refuse(errors.jidMalformed(say`This nickname is empty or not allowed`));
  }
  const { nicknameLength } = room.environment.limits;
  if ([...nick].length > nicknameLength) {
    return refuse(errors.policyViolation(say`Nicknames may have at most ${nicknameLength} characters`));
  }
  return ok(nick);
}

/**
 * Returns the enforced form of a nickname from a payload, which no server has prepared: the form that all servers carry,
 * or the form in which an occupant uses it, as that occupant's server let it through. Refuses what `readNickname` refuses,
 * and nicknames that not all servers carry.
 */
export function readGivenNickname(room: Room, text: string): Result<string> {
  const nick = readNickname(room, text);
  if (nick.kind === "refused" || room.occupants.get(nick.value)?.nick === nick.value) return nick;
  const prepared = prepareResource(nick.value);
  if (prepared === undefined)
    return refuse(errors.jidMalformed(say`This nickname has characters that some servers do not support`));
  return readNickname(room, prepared);
}

/** Returns true if the user of a nickname asked for another one by this stanza (status 210). */
export function isRewritten(stanza: Stanza, nick: string): boolean {
  const to = stanza.element.attrs.to ?? "";
  return to.slice(to.indexOf("/") + 1) !== nick;
}

/** Returns the nickname that a user must use, if the room locks reserved nicknames and all servers carry it. */
export function lockedNickname(room: Room, bareJid: string): string | undefined {
  const nick = room.config.lockNicknames ? room.affiliations.get(bareJid)?.nick : undefined;
  return nick !== undefined && isDeliverable(nick) ? nick : undefined;
}

/** Returns true if all servers carry a nickname unchanged. */
export const isDeliverable = (nick: string): boolean => prepareResource(nick) === nick;

/**
 * Refuses a nickname (in its enforced form) that a user may not use. A user may always use its reserved nickname: users
 * may have reserved two that look alike while the room allowed it, and a reservation holds until it is given back.
 */
export function refuseNickname(room: Room, bareJid: string, nick: string): StanzaError | undefined {
  if (nick === ROOM_NICK) return errors.conflict(say`This nickname stands for the room`);
  if (botLike(room, nick)) return errors.conflict(say`This nickname is that of a bot, or looks like it`);
  const holder = room.occupants.get(nick)?.bareJid;
  if (holder !== undefined && holder !== bareJid) return errors.conflict(say`This nickname is in use`);
  const owner = reservedFor(room, nick);
  if (owner !== undefined && owner !== bareJid) return errors.conflict(say`This nickname is reserved`);
  const isOwn = holder === bareJid || owner === bareJid;
  if (isOwn) return undefined;
  return refuseNicknamePattern(room, bareJid, nick) ?? refuseLookalike(room, bareJid, nick);
}

/** Refuses a nickname that a user may not reserve. A nickname that the user only uses is checked for lookalikes too. */
export function refuseReservation(room: Room, bareJid: string, nick: string): StanzaError | undefined {
  const refusal = refuseNickname(room, bareJid, nick);
  if (refusal || reservedFor(room, nick) === bareJid) return refusal;
  return refuseNicknamePattern(room, bareJid, nick) ?? refuseLookalike(room, bareJid, nick);
}

function refuseLookalike(room: Room, bareJid: string, nick: string): StanzaError | undefined {
  if (!room.config.refuseLookalikes || !isLookalike(room, nick, bareJid)) return undefined;
  return errors.conflict(say`This nickname looks like one that another user uses or has reserved`);
}

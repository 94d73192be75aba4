// Nicknames: what may be one, and who may have which (XEP-0045 sections 7.2.2, 7.2.8, 7.12 and 17.1).
import { normalizeResource, prepareResource } from "../../xmpp/jid.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import type { Room } from "../room/room.ts";

/** What can be seen; U+2800 is a Braille character without dots. */
const VISIBLE = /[^\s\u2800\p{Default_Ignorable_Code_Point}]/u;

/** A nickname in its enforced form; refused where it is none (empty, invisible, with what no resource may hold) or too long. */
export function readNickname(room: Room, text: string): Result<string> {
  const nick = normalizeResource(text);
  if (nick === undefined || !VISIBLE.test(nick)) {
    return refuse(errors.jidMalformed("This nickname is empty or not allowed"));
  }
  const { nicknameLength } = room.environment.limits;
  if ([...nick].length > nicknameLength) {
    return refuse(errors.policyViolation(`A nickname has at most ${nicknameLength} characters here`));
  }
  return ok(nick);
}

/**
 * A nickname from a payload, which no server has prepared: in the form in which all servers carry it, or as somebody here
 * uses it, whose server has let it through. Refused where it is none that all carry, beside what `readNickname` refuses.
 */
export function readGivenNickname(room: Room, text: string): Result<string> {
  const nick = readNickname(room, text);
  if (nick.kind === "refused" || room.occupants.get(nick.value)?.nick === nick.value) return nick;
  const prepared = prepareResource(nick.value);
  if (prepared === undefined)
    return refuse(errors.jidMalformed("This nickname has characters that not all servers carry"));
  return readNickname(room, prepared);
}

/** Whether somebody who asked for one nickname by this stanza is known by another (status 210). */
export function isRewritten(stanza: Stanza, nick: string): boolean {
  const to = stanza.element.attrs.to ?? "";
  return to.slice(to.indexOf("/") + 1) !== nick;
}

/** The nickname that a user is bound to, where the room locks reserved nicknames down: one that all servers carry. */
export function lockedNickname(room: Room, bareJid: string): string | undefined {
  const nick = room.config.lockNicknames ? room.affiliations.get(bareJid)?.nick : undefined;
  return nick !== undefined && isDeliverable(nick) ? nick : undefined;
}

/** Whether all servers carry a nickname as it is. */
export const isDeliverable = (nick: string): boolean => prepareResource(nick) === nick;

/**
 * Why a user may not use a nickname (in its enforced form); undefined where it may. Who has reserved one may always: two
 * that look alike may have been reserved while the room did not mind, and a reservation holds until it is given back.
 */
export function refuseNickname(room: Room, bareJid: string, nick: string): StanzaError | undefined {
  const holder = room.occupants.get(nick)?.bareJid;
  if (holder !== undefined && holder !== bareJid) return errors.conflict("This nickname is in use");
  const owner = room.reservedFor(nick);
  if (owner !== undefined && owner !== bareJid) return errors.conflict("This nickname is reserved");
  const isOwn = holder === bareJid || owner === bareJid;
  return isOwn ? undefined : refuseLookalike(room, bareJid, nick);
}

/** Why a user may not reserve a nickname. One that is merely in use is not the user's own, as above, but judged anew. */
export function refuseReservation(room: Room, bareJid: string, nick: string): StanzaError | undefined {
  const refusal = refuseNickname(room, bareJid, nick);
  if (refusal || room.reservedFor(nick) === bareJid) return refusal;
  return refuseLookalike(room, bareJid, nick);
}

function refuseLookalike(room: Room, bareJid: string, nick: string): StanzaError | undefined {
  if (!room.config.refuseLookalikes || !room.isLookalike(nick, bareJid)) return undefined;
  return errors.conflict("This nickname looks like one that somebody else uses or has reserved");
}

// Nicknames that the operator or the owners do not allow (XEP-0045 sections 7.2.8, 7.6 and 14.6).
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { isAdmin } from "../model/affiliation.ts";
import { wildcardsOf } from "../model/wildcards.ts";
import type { Room } from "../room/room.ts";

/**
 * Refuses a nickname that the operator reserves, or that the room's patterns do not allow. Admins and owners may use any.
 * The caller has let users have their own reserved nicknames. The error makes clients ask for another nickname.
 */
export function refuseNicknamePattern(room: Room, bareJid: string, nick: string): StanzaError | undefined {
  if (isAdmin(room.affiliationOf(bareJid))) return undefined;
  const { allowedNicknames, refusedNicknames } = room.config;
  if (room.environment.reservedNicknames.has(nick))
    return errors.conflict(say`This service reserves this nickname`);
  const isAllowed = allowedNicknames.length === 0 || wildcardsOf(allowedNicknames).find(nick) !== undefined;
  if (isAllowed && wildcardsOf(refusedNicknames).find(nick) === undefined) return undefined;
  return errors.conflict(say`This room does not allow this nickname. Choose another one`);
}

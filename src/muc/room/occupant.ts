import { accountOf } from "../../xmpp/jid.ts";
import type { Affiliation, Role } from "../model/affiliation.ts";
import type { SessionRecord } from "../model/journal.ts";
import { SmallMap } from "../model/small-map.ts";
import { entryRole } from "../permissions/kept-roles.ts";
import { isBroadcast } from "../permissions/visibility.ts";
import { type ClientPresence, keptPresence } from "../presence/presence-payload.ts";
import { occupantId } from "./occupant-id.ts";
import type { Room } from "./room.ts";

/** One client of an occupant, by full JID, with what it said in its last presence. */
export interface Session extends ClientPresence {
  readonly jid: string;
  /** Whether it asked for versions of the lists of affiliations when it entered (XEP-0463). */
  wantsVersions?: boolean;
  /** It is as it was kept before a restart, and perhaps nobody has been told of it. */
  readonly isRestored?: boolean;
}

/**
 * Somebody in the room under one nickname; several clients of one user may share it (XEP-0045 section 7.2.8).
 * `sessions` is in order of last presence: the last one's presence is what others see.
 */
export interface Occupant {
  nick: string;
  readonly bareJid: string;
  /** XEP-0421. */
  readonly id: string;
  affiliation: Affiliation;
  /** Changed through `Room.setRole` while the occupant is seated. */
  role: Role;
  readonly sessions: SmallMap<string, Session>;
  /** Whether the others have been told of this occupant (muc#roomconfig_presencebroadcast). */
  announced: boolean;
}

/** The session whose presence stands for the occupant. */
export function leadingSession(occupant: Occupant): Session {
  const { last } = occupant.sessions;
  if (!last) throw new Error("an occupant has at least one session");
  return last;
}

/** Takes over a client's presence, which is from now on the one that counts. */
export function takePresence(occupant: Occupant, jid: string, { payload, language }: ClientPresence): void {
  const before = occupant.sessions.get(jid);
  occupant.sessions.delete(jid); // put last
  occupant.sessions.set(jid, { ...before, jid, payload, language, isRestored: false });
}

/** What is kept of an occupant's clients. */
export function sessionRecords({ nick, role, sessions }: Occupant): SessionRecord[] {
  return [...sessions.values()].map(({ jid, payload, language }) => ({ jid, nick, role, payload, language }));
}

/** Puts a client back into its room as it was kept; not where somebody else has the nickname in another form. */
export function restoreSession(room: Room, { jid, nick, role, ...said }: SessionRecord): void {
  const bareJid = accountOf(jid);
  const occupant = room.occupants.get(nick) ?? newOccupant(room, bareJid, nick, role);
  if (occupant.bareJid !== bareJid) return;
  occupant.sessions.set(jid, { jid, ...keptPresence(said), isRestored: true });
  if (!room.occupants.has(nick)) room.seat(occupant);
  room.addClient(jid, occupant);
}

/** Somebody who enters, or was in the room before, with no client yet. */
export function newOccupant(room: Room, bareJid: string, nick: string, role?: Role): Occupant {
  const affiliation = room.affiliationOf(bareJid);
  const occupant = {
    nick,
    bareJid,
    id: occupantId(room, bareJid),
    affiliation,
    role: role ?? entryRole(room, bareJid, affiliation),
    sessions: new SmallMap<string, Session>(),
    announced: false,
  };
  // Whoever was there before has been announced then.
  return role === undefined ? occupant : { ...occupant, announced: isBroadcast(room, occupant) };
}

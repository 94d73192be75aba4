import type { Affiliation, Role } from "./affiliation.ts";

/** One client of an occupant, by full JID, with the payload of its last presence (markup without muc extensions). */
export interface Session {
  readonly jid: string;
  readonly payload: string;
  /** Whether it asked for versions of the lists of affiliations when it entered (XEP-0463). */
  wantsVersions?: boolean;
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
  role: Role;
  readonly sessions: Map<string, Session>;
  /** Whether the others have been told of this occupant (muc#roomconfig_presencebroadcast). */
  announced: boolean;
}

/** The session whose presence stands for the occupant. */
export function leadingSession(occupant: Occupant): Session {
  const last = [...occupant.sessions.values()].at(-1);
  if (!last) throw new Error("an occupant has at least one session");
  return last;
}

/** Takes over a client's presence, which is from now on the one that counts. */
export function takePresence(occupant: Occupant, jid: string, payload: string): void {
  const before = occupant.sessions.get(jid);
  occupant.sessions.delete(jid); // put last
  occupant.sessions.set(jid, { ...before, jid, payload });
}

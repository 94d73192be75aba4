import type { Affiliation, Role } from "../model/affiliation.ts";
import type { ClientPresence } from "../model/client-presence.ts";
import type { SessionRecord } from "../model/journal.ts";
import { SmallMap } from "../model/small-map.ts";

/** One client of an occupant, by full JID, with its last presence. */
export interface Session extends ClientPresence {
  readonly jid: string;
  /** Set if the client requested affiliation list versions on entering (XEP-0463). */
  wantsVersions?: boolean;
  /** Set after a restart until the client sends presence: the others may not have received its last one. */
  readonly isRestored?: boolean;
}

/** The clients of an occupant, by full JID, in order of last presence. */
export interface Sessions extends ReadonlyMap<string, Session> {
  readonly list: string[];
  readonly last: Session | undefined;
}

/**
 * A user in the room under one nickname; several clients of the user may share it (XEP-0045 section 7.2.8). Others see
 * the presence of the last session. `Room` changes occupants, and journals each change.
 */
export interface Occupant {
  readonly nick: string;
  readonly bareJid: string;
  /** Occupant id (XEP-0421). */
  readonly id: string;
  readonly affiliation: Affiliation;
  readonly role: Role;
  readonly sessions: Sessions;
  /** True while the occupant's presence is broadcast to the others (muc#roomconfig_presencebroadcast). */
  announced: boolean;
}

/** An occupant with the fields that only `Room` may change. */
export interface MutableOccupant extends Occupant {
  nick: string;
  affiliation: Affiliation;
  role: Role;
  readonly sessions: SmallMap<string, Session>;
}

/** Makes an occupant without clients. */
export const newOccupant = (
  given: Pick<Occupant, "nick" | "bareJid" | "id" | "affiliation" | "role">,
): Occupant & Pick<MutableOccupant, "sessions"> => ({
  ...given,
  sessions: new SmallMap<string, Session>(),
  announced: false,
});

/** Returns the session whose presence the occupant shows: the one with the latest presence. */
export function leadingSession(occupant: Occupant): Session {
  const { last } = occupant.sessions;
  if (!last) throw new Error("an occupant has at least one session");
  return last;
}

/** Returns the session records of an occupant for the store. */
export function sessionRecords({ nick, role, sessions }: Occupant): SessionRecord[] {
  return [...sessions.values()].map(({ jid, payload, language }) => ({ jid, nick, role, payload, language }));
}

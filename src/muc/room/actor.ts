// The actor of a change, as it appears in presence (XEP-0045 sections 8.2, 9.1 and 17.4).
import type { Jid } from "../../xmpp/jid.ts";
import type { Room } from "./room.ts";

/** The nickname of the user, if in the room, and the real JID for recipients who may see it. */
export interface Actor {
  readonly nick: string | undefined;
  readonly jid: string;
}

/**
 * Returns the sender of a request as an actor. The nickname is that of the sending client or, if it is not in the room,
 * of another client of the user. The JID is full, as in other services and in their test scripts.
 */
export function actorOf(room: Room, { full, bare }: Jid): Actor {
  const occupant = room.sessions.get(full) ?? room.occupantsOf(bare)[0];
  return { nick: occupant?.nick, jid: full };
}

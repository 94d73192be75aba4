// Who brings a change about, as the others are told of it (XEP-0045 sections 8.2, 9.1 and 17.4).
import type { Jid } from "../../xmpp/jid.ts";
import type { Room } from "./room.ts";

/** The nickname, if the user is in the room, and the real JID for those who may see it. */
export interface Actor {
  readonly nick: string | undefined;
  readonly jid: string;
}

/**
 * The user behind a request: under the nickname of the client that sent it, or of another of the user's that is in
 * the room. By full JID, as existing services and their scripts have it.
 */
export function actorOf(room: Room, { full, bare }: Jid): Actor {
  const occupant = room.sessions.get(full) ?? room.occupantsOf(bare)[0];
  return { nick: occupant?.nick, jid: full };
}

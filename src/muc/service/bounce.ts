// Presence and messages that come back (XEP-0045 sections 11.1 and 18.1.2).
import type { Stanza } from "../../xmpp/stanza.ts";
import { handleBouncedPrivateMessage } from "../messages/bounced-private-message.ts";
import { isUnconfirmed } from "../occupants/address-check.ts";
import { conditionOf, isDeliveryError, reasonFor, removeGhost } from "../occupants/ghost.ts";
import type { Room } from "../room/room.ts";
import { pingSuspect } from "./client-ping.ts";
import type { Liveness } from "./liveness.ts";

/**
 * Presence or a message that came back: the client it was sent to is gone, and no other. Without the presence of the
 * others a client is not in the room, so any error to presence removes it; the error to a message may be the fault of
 * who wrote it. `service-unavailable` is what servers answer for a client that is gone (RFC 6121 section 8.5.3.2.1)
 * as well as for one whose user has blocked the occupant that is speaking: that client is asked, by the room itself.
 * Where the address of the one who is speaking may be what the server refuses, nobody is removed for it.
 */
export function handleBounce(room: Room, stanza: Stanza, liveness: Liveness): void {
  const { full } = stanza.from;
  const occupant = room.sessions.get(full);
  if (handleBouncedPrivateMessage(room, stanza) || !occupant || isUnconfirmed(room, stanza.to.resource))
    return;
  const condition = conditionOf(stanza.element);
  if (condition === "service-unavailable") pingSuspect(room, full, liveness);
  else if (stanza.kind === "presence" || isDeliveryError(condition))
    removeGhost(room, occupant, full, reasonFor("Delivery failed", condition));
}

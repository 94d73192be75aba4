// Bounced presence and messages (XEP-0045 sections 11.1 and 18.1.2).
import type { Stanza } from "../../xmpp/stanza.ts";
import { handleBouncedPrivateMessage } from "../messages/bounced-private-message.ts";
import { isUnconfirmed } from "../occupants/address-check.ts";
import { conditionOf, isDeliveryError, reasonFor, removeGhost } from "../occupants/ghost.ts";
import type { Room } from "../room/room.ts";
import { pingSuspect } from "./client-ping.ts";
import type { Liveness } from "./liveness.ts";

/**
 * Handles an error from a client, and removes that client if the error shows that it is gone.
 *
 * - Presence: any error removes the client, as it needs the presence of the others.
 * - A message: only a delivery error removes the client. The sender may have caused other errors.
 * - `service-unavailable`: servers send it for a client that is gone (RFC 6121 section 8.5.3.2.1), and for one whose
 *   user has blocked the sender. The room pings the client from its own address.
 * - An unconfirmed sender address (address-check.ts): nobody is removed, as the server may have refused that address.
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

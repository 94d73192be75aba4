// Ghosts: clients that have disconnected without unavailable presence (XEP-0045 sections 11.1 and 18.1.2).
import { child, type Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { removeSession } from "./leave.ts";

/**
 * The delivery-related errors of section 18.1.2, and errors that broken servers and clients send instead: undefined
 * stands for none. Other errors are about the stanza, which another client may have written.
 */
const DELIVERY_ERRORS: readonly (string | undefined)[] = [
  undefined,
  "gone",
  "internal-server-error",
  "item-not-found",
  "jid-malformed",
  "recipient-unavailable",
  "redirect",
  "remote-server-not-found",
  "remote-server-timeout",
];

/** Returns true if an error with this condition, or without one, means that the client is gone. */
export const isDeliveryError = (condition: string | undefined): boolean =>
  DELIVERY_ERRORS.includes(condition);

/** Returns the condition of a stanza of type error; undefined if it has none. */
export function conditionOf(element: Element): string | undefined {
  const conditions = child(element, "error")?.getChildElements() ?? [];
  return conditions.find((el) => el.getNS() === NS.stanzas && el.getName() !== "text")?.getName();
}

/** Writes the reason of a removal, in English: the event, and the condition of the error that revealed it. */
export const reasonFor = (event: string, condition: string | undefined): string =>
  condition === undefined ? event : `${event}: ${condition}`;

/** Removes one client for a technical reason, with status 333 (section 11.1). `reason`: in English. */
export function removeGhost(room: Room, occupant: Occupant, session: string, reason: string): void {
  removeSession(room, occupant, session, { statuses: [333], reason });
}

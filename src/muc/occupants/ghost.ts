// Clients that are gone without a word (XEP-0045 sections 11.1 and 18.1.2).
import { child, type Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { removeSession } from "./leave.ts";

/**
 * The delivery-related errors of section 18.1.2, and what servers and clients that fail answer in their stead.
 * Others speak of the stanza, which may be somebody else's fault.
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

/** Whether an error of this condition, or of none, tells that a client is gone. */
export const isDeliveryError = (condition: string | undefined): boolean =>
  DELIVERY_ERRORS.includes(condition);

/** The condition of a stanza of type error; undefined where it has none. */
export function conditionOf(element: Element): string | undefined {
  const conditions = child(element, "error")?.getChildElements() ?? [];
  return conditions.find((el) => el.getNS() === NS.stanzas && el.getName() !== "text")?.getName();
}

/** The reason of a removal, in English: what happened, with the condition of the error that told of it. */
export const reasonFor = (event: string, condition: string | undefined): string =>
  condition === undefined ? event : `${event}: ${condition}`;

/** Removes one client for a technical reason, which is told (section 11.1). */
export function removeGhost(room: Room, occupant: Occupant, session: string, reason: string): void {
  removeSession(room, occupant, session, { statuses: [333], reason });
}

// Clients that are gone without a word (XEP-0045 sections 11.1 and 18.1.2).
import { child, type Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { removeSession } from "./leave.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

/** The delivery-related errors of section 18.1.2. Others speak of the stanza, which may be somebody else's fault. */
const DELIVERY_ERRORS: readonly (string | undefined)[] = [
  "gone",
  "item-not-found",
  "recipient-unavailable",
  "redirect",
  "remote-server-not-found",
  "remote-server-timeout",
];

/** Whether an error of this condition tells that a client is gone. */
export const isDeliveryError = (condition: string | undefined): boolean =>
  DELIVERY_ERRORS.includes(condition);

/** The condition of a stanza of type error; undefined where it has none. */
export function conditionOf(element: Element): string | undefined {
  const conditions = child(element, "error")?.getChildElements() ?? [];
  return conditions.find((el) => el.getNS() === NS.stanzas && el.getName() !== "text")?.getName();
}

/** Removes one client for a technical reason, which is told (section 11.1). */
export function removeGhost(room: Room, occupant: Occupant, session: string, reason: string): void {
  removeSession(room, occupant, session, { statuses: [333], reason });
}

// Occupants whose client is gone without a word (XEP-0045 section 11.1 and "Ghost Users").
import { child } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { tag } from "../xmpp/tag.ts";
import { removeSession } from "./leave.ts";
import type { Room } from "./room.ts";

const GONE = [
  "gone",
  "item-not-found",
  "recipient-unavailable",
  "redirect",
  "remote-server-not-found",
  "remote-server-timeout",
  "service-unavailable",
  "jid-malformed",
];

/** A bounced stanza removes the session it was sent to (status 333), unless it was a private message's. */
export function handleBounce(room: Room, stanza: Stanza): void {
  const occupant = room.sessions.get(stanza.from.full);
  const error = child(stanza.element, "error");
  const condition = error
    ?.getChildElements()
    .find((el) => el.getNS() === NS.stanzas && el.getName() !== "text");
  if (!occupant || !condition || !GONE.includes(condition.getName())) return;
  if (stanza.kind === "message" && stanza.to.resource !== undefined && child(stanza.element, "x", NS.mucUser))
    return;
  removeSession(room, occupant, stanza.from.full, {
    statuses: [333],
    reason: `Delivery failed: ${condition.getName()}`,
  });
}

/** Section 7.2.17: tells somebody who is not in the room, and believes to be, that it is not. */
export function notInRoomNotice(stanza: Stanza): string {
  const item = tag(
    "item",
    { affiliation: "none", role: "none" },
    tag("reason", {}, "You are not in the room."),
  );
  const statuses = [110, 307, 333].map((code) => tag("status", { code: String(code) })).join("");
  const attributes = { type: "unavailable", from: stanza.to.full, to: stanza.from.full, id: stanza.id };
  return tag("presence", attributes, tag("x", { xmlns: NS.mucUser }, item + statuses));
}

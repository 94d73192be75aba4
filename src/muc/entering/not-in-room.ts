// Presence from a client that has lost its place in the room without noticing (XEP-0045 section 7.2.18).
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { tag } from "../../xmpp/tag.ts";
import { writeStatuses } from "../model/status-tags.ts";

/** Writes the unavailable presence that informs the sender of a presence that it is not in the room. */
export function notInRoomNotice(stanza: Stanza): string {
  const item = tag(
    "item",
    { affiliation: "none", role: "none" },
    tag("reason", {}, "You are not in the room."),
  );
  const attributes = { type: "unavailable", from: stanza.to.full, to: stanza.from.full, id: stanza.id };
  return tag("presence", attributes, tag("x", { xmlns: NS.mucUser }, item + writeStatuses([110, 307, 333])));
}

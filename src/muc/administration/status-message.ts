import { NS } from "../../xmpp/namespaces.ts";
import { openTag, tag } from "../../xmpp/tag.ts";
import { writeStatuses } from "../model/status-tags.ts";
import { audienceOf } from "../permissions/room-audience.ts";
import type { Room } from "../room/room.ts";

/** Announces changes of the room to all occupants by a message with status codes (XEP-0045 section 10.2.1). */
export function sendStatuses(room: Room, statuses: readonly number[]): void {
  const head = openTag("message", { type: "groupchat", from: room.address, id: room.environment.newId() });
  const x = tag("x", { xmlns: NS.mucUser }, writeStatuses(statuses));
  room.effects.broadcast(head, `">${x}</message>`, audienceOf(room).everybody());
}

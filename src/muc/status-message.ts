import { escapeAttribute } from "../xmpp/escape.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag } from "../xmpp/tag.ts";
import type { Room } from "./room.ts";
import { writeStatuses } from "./status-tags.ts";

/** Tells everybody by message what changed in the room (XEP-0045 section 10.2.1), by status codes. */
export function sendStatuses(room: Room, statuses: readonly number[]): void {
  const id = escapeAttribute(room.environment.newId());
  const head = `<message type="groupchat" from="${escapeAttribute(room.address)}" id="${id}" to="`;
  room.effects.copies(
    head,
    `">${tag("x", { xmlns: NS.mucUser }, writeStatuses(statuses))}</message>`,
    room.audience.everybody(),
  );
}

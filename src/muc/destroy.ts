// Destroying a room (XEP-0045 section 10.9).
import { childText, type Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { removeOccupant } from "./leave.ts";
import { moveTo } from "./moved-rooms.ts";
import type { Room } from "./room.ts";

/** Removes everybody and closes the room; the request's alternate venue, its password and the reason are passed on. */
export function destroyRoom(room: Room, request?: Element): void {
  const password = request && childText(request, "password");
  const reason = request && childText(request, "reason");
  const content = (password ? textTag("password", password) : "") + (reason ? textTag("reason", reason) : "");
  const extra = tag("destroy", { jid: request?.attrs.jid }, content);
  room.keep({ kind: "room-removed", node: room.node });
  room.closed = true;
  room.moved = moveTo(room, request?.attrs.jid, reason || undefined);
  for (const occupant of [...room.occupants.values()]) {
    occupant.affiliation = "none";
    occupant.announced = false; // nobody stays to be told
    removeOccupant(room, occupant, { extra });
  }
}

/** The destroy element of an owner query. */
export function destroyRequest(query: Element): Element | undefined {
  return query.getChildElements().find((el) => el.is("destroy", NS.mucOwner));
}

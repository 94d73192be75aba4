// Destruction of a room (XEP-0045 section 10.9).

import { childText, type Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { prepareJid } from "../../xmpp/jid.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import { readReason, reasonTag } from "../model/reason.ts";
import { MAX_BYTES } from "../model/size-limits.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { destroyedRoomOf } from "./destroyed-rooms.ts";

interface Destruction {
  /** Address of the alternate venue, and the password to enter it. */
  readonly venue?: string | undefined;
  readonly password?: string | undefined;
  readonly reason?: string | undefined;
  /** The node under which the room goes on. */
  readonly renamedTo?: string | undefined;
}

/** Answers an owner's request to destroy the room. */
export function handleDestroy(room: Room, { from }: Stanza, request: Element): IqOutcome {
  const { jid } = request.attrs;
  const venue = jid ? prepareJid(jid)?.full : undefined;
  if (jid && venue === undefined)
    return refuse(errors.jidMalformed(say`The alternate venue is not an address`));
  const password = childText(request, "password");
  if (password !== undefined && escapedBytes(password) > MAX_BYTES.password)
    return refuse(errors.notAcceptable(say`A password may have at most ${MAX_BYTES.password} bytes`));
  const reason = readReason(request);
  recordAct(room, { kind: "room-destroyed", by: from.bare, target: venue, reason });
  destroyRoom(room, { venue, password, reason });
  return result();
}

/** Removes all occupants, each informed only of its own removal, and closes the room. */
export function destroyRoom(room: Room, { venue, password, reason, renamedTo }: Destruction = {}): void {
  const content = (password ? textTag("password", password) : "") + reasonTag(reason);
  const extra = tag("destroy", { jid: venue }, content);
  room.close(destroyedRoomOf(room, venue, reason || undefined), renamedTo);
  for (const occupant of [...room.occupants.values()]) {
    room.setAffiliationAndRole(occupant, "none", occupant.role);
    occupant.announced = false; // No other occupant is notified.
    removeOccupant(room, occupant, { extra });
  }
}

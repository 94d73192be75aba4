// Tells occupants when the public log of their room begins or ends without a change of the configuration (XEP-0045 section 10.2.1):
// the operator has switched the public pages on or off.
import { isPubliclyLogged, settlePublicLog } from "../archive/public-log.ts";
import type { Room } from "../room/room.ts";
import { sendStatuses } from "./status-message.ts";

/** Returns the status that tells whether a room is publicly logged. */
export const logStatus = (room: Room): number => (isPubliclyLogged(room) ? 170 : 171);

/** Begins or ends the public log, and tells the occupants. */
export function followPages(room: Room): void {
  if (settlePublicLog(room) && room.occupants.size > 0) sendStatuses(room, [logStatus(room)]);
}

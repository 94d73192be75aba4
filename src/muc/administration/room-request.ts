import type { Room } from "../room/room.ts";

/** A room and the bare JID of the user who runs a command on it. */
export interface RoomRequest {
  readonly room: Room;
  readonly from: string;
}

import type { RoomConfig } from "../model/room-config.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import type { Room } from "./room.ts";

/** Options of which the operator has a limit of the same name; 0 means no limit in both. */
type OwnerLimit = keyof RoomConfig &
  keyof RoomEnvironment["limits"] &
  (`stranger${string}` | `raid${string}`);

/** Returns the lower one of the owner's and the operator's limit; infinity if there is none. */
export function ownerLimit({ config, environment }: Room, limit: OwnerLimit): number {
  const own = config[limit] || Number.POSITIVE_INFINITY;
  return Math.min(own, environment.limits[limit] || Number.POSITIVE_INFINITY);
}

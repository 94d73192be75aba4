import { setAffiliations } from "./affiliations/set-affiliations.ts";
import type { Operation } from "./operation.ts";
import { destroyRoom } from "./rooms/destroy-room.ts";
import { listRooms } from "./rooms/list-rooms.ts";
import { showRoom } from "./rooms/show-room.ts";
import { backUp } from "./service/back-up.ts";
import { showStatus } from "./service/show-status.ts";

/** All operations, in the order of the documentation. */
export const CATALOGUE: readonly Operation[] = [
  showStatus,
  backUp,
  listRooms,
  showRoom,
  destroyRoom,
  setAffiliations,
];

/** Returns the operation of a name. */
export const findOperation = (name: string): Operation | undefined =>
  CATALOGUE.find((operation) => operation.name === name);

import type { Occupant } from "./occupant.ts";

/** State derived from a room. The room calls these methods when it changes. */
export interface RoomObserver {
  /** Set if the state may be dropped while the room is quiet. */
  readonly isCache?: true;
  /** An occupant took a nickname. */
  occupantAdded?(occupant: Occupant): void;
  /** An occupant left, or gave up its nickname. */
  occupantRemoved?(occupant: Occupant): void;
  /** The nickname, affiliation, role or presence of an occupant changed. */
  occupantChanged?(occupant: Occupant): void;
  /** A client entered, or moved to another occupant. */
  clientAdded?(jid: string, occupant: Occupant): void;
  clientRemoved?(jid: string): void;
  /** The affiliation record of a user changed. `before`: the nickname that was reserved for the user. */
  affiliationChanged?(jid: string, before: string | undefined): void;
  /** A note changed. Occupants' presence may depend on it. */
  noteChanged?(): void;
  configChanged?(): void;
  /** More than half of the occupants are about to leave. */
  manyLeaving?(): void;
}

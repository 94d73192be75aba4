// How large may be what rooms repeat, so that no stanza grows beyond what servers take. In bytes, as a server writes them
// that escapes all it may (`escapedBytes`).
import type { RoomEnvironment } from "./room-environment.ts";

/** What a room adds to a stanza that it passes on: addresses, identifiers, what it is forwarded in. */
export const ROOM_ADDS = 65_536;

/** What the items of a list may take in one stanza. */
export const listBytes = ({ limits }: Pick<RoomEnvironment, "limits">): number =>
  limits.sentStanzaBytes - ROOM_ADDS;

import type { RoomRecord } from "../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG, type RoomConfig } from "../../src/muc/model/room-config.ts";

/** Returns the record of a persistent room without users. */
export const roomRecord = (node: string, config: Partial<RoomConfig> = {}): RoomRecord => ({
  node,
  config: { ...DEFAULT_ROOM_CONFIG, persistent: true, ...config },
  subject: undefined,
  affiliations: [],
  notes: new Map(),
  locked: false,
  sessions: [],
});

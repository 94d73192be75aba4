// What the records show of the rooms in memory.
import type { ListedRoom } from "./muc/model/records.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import type { RoomsInMemory } from "./storage/store-records.ts";

export const roomsInMemory = (registry: RoomRegistry): RoomsInMemory => ({
  users: (node) => registry.get(node)?.occupants.size,
  listed: () =>
    [...registry.all()].flatMap(({ node, config, locked, occupants }): ListedRoom[] =>
      occupants.size === 0 || locked || !config.public ? [] : [{ node, config, users: occupants.size }],
    ),
});

import { expect, it } from "vitest";
import { DEFAULT_ROOM_CONFIG, sharingDefaults } from "../../../src/muc/model/room-config.ts";

it("a configuration from a store shares the values of the defaults, and keeps its own", () => {
  const stored = { ...structuredClone(DEFAULT_ROOM_CONFIG), name: "Hall", contacts: ["a@b.example"] };
  const shared = sharingDefaults(stored);
  expect(shared).toEqual(stored);
  expect(shared.presenceBroadcast).toBe(DEFAULT_ROOM_CONFIG.presenceBroadcast);
  expect(sharingDefaults(structuredClone(DEFAULT_ROOM_CONFIG))).toBe(DEFAULT_ROOM_CONFIG);
});

// Rows stored by earlier versions.
import { describe, expect, it } from "vitest";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";
import { readConfig } from "../../src/storage/rows.ts";

describe("XEP-0045 9.5 a stored configuration that still has a switch for all invitations", () => {
  const stored = (allowInvites: boolean, memberInvites: boolean) =>
    readConfig(JSON.stringify({ ...DEFAULT_ROOM_CONFIG, allowInvites, memberInvites }), "coven");

  it("does not open the room to invitations by members", () => {
    expect(stored(true, false)).toEqual(DEFAULT_ROOM_CONFIG);
    expect(stored(false, true)).toEqual(DEFAULT_ROOM_CONFIG);
    expect(stored(true, true)).toEqual({ ...DEFAULT_ROOM_CONFIG, memberInvites: true });
  });
});

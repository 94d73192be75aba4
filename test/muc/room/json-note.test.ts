import { describe, expect, it } from "vitest";
import { z } from "zod";
import { jsonNote } from "../../../src/muc/room/json-note.ts";
import type { Room } from "../../../src/muc/room/room.ts";
import { openRoom } from "../../support/room-driver.ts";

const note = jsonNote<readonly string[]>("greetings", z.array(z.string()), []);

function newRoom(): Room {
  const room = openRoom().registry.get("coven");
  if (!room) throw new Error("there is no room");
  return room;
}

describe("JSON notes of a room", () => {
  it("are read as they were last written; an empty list removes the note", () => {
    const room = newRoom();
    expect(note.read(room)).toEqual([]);
    note.write(room, ["hail"]);
    note.write(room, ["all hail"]);
    expect(note.read(room)).toEqual(["all hail"]);
    expect(room.notes.get("greetings")).toBe('["all hail"]');
    note.write(room, []);
    expect(note.read(room)).toEqual([]);
    expect(room.notes.has("greetings")).toBe(false);
  });

  it("are parsed once while they are in the cache, which has a limit over all rooms", () => {
    const room = newRoom();
    note.write(room, ["hail"]);
    const first = note.read(room);
    expect(note.read(room)).toBe(first);
    for (let n = 0; n < 11; n += 1) {
      const other = newRoom();
      note.write(other, [`${n}`, "x".repeat(100_000)]);
      note.read(other);
    }
    const again = note.read(room);
    expect(again).toEqual(first);
    expect(again).not.toBe(first);
  });
});

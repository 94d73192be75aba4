import { describe, expect, it } from "vitest";
import { resultText } from "../../src/operations/result-text.ts";

describe("a result as text", () => {
  it("has a line for each value, with its name in words", () => {
    expect(resultText({ memoryMiB: 64, link: "online", voiceRequests: 2, isOpen: true })).toBe(
      "Memory MiB      64\nLink            online\nVoice requests  2\nIs open         yes\n",
    );
  });

  it("has a table for a list of records, with a heading if there is more", () => {
    const rooms = [{ room: "coven", users: 3 }, { room: "heath" }];
    expect(resultText({ rooms })).toBe("Room   Users\ncoven  3\nheath\n");
    expect(resultText({ rooms, next: "heath" })).toBe(
      "Next  heath\n\nRooms\nRoom   Users\ncoven  3\nheath\n",
    );
  });

  it("shows control characters as spaces: they could move the cursor of a terminal", () => {
    expect(resultText({ name: "a\u001b[2Jb\nc" })).toBe("Name  a [2Jb c\n");
  });
});

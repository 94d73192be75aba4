import { describe, expect, it } from "vitest";
import { HISTORY_BYTES, History, type HistoryMessage } from "../../../src/muc/archive/history.ts";

/** A message of about so many bytes. */
const message = (stanzaId: string, bytes: number): HistoryMessage => ({
  head: '<message to="',
  tail: `"><body>${"x".repeat(bytes)}</body></message>`,
  at: 0,
  stanzaId,
  additions: "",
});

const EVERYTHING = { maxChars: undefined, maxStanzas: undefined, since: undefined };
const idsIn = (history: History) =>
  history.select(EVERYTHING, "a@b.example/c").map(({ stanzaId }) => stanzaId);

describe("XEP-0045 7.2.13 what a room keeps as discussion history", () => {
  const half = HISTORY_BYTES / 2 - 1_000;

  it("is bounded in bytes: the oldest messages go first", () => {
    const history = new History();
    for (const id of ["1", "2", "3"]) history.add(message(id, half), 100);
    expect(idsIn(history)).toEqual(["2", "3"]);
  });

  it("counts what a retraction has left of a message", () => {
    const history = new History();
    for (const id of ["1", "2"]) history.add(message(id, half), 100);
    history.retract(new Set(["1"]), "<retracted/>");
    history.add(message("3", half), 100);
    expect(idsIn(history)).toEqual(["1", "2", "3"]);
  });
});

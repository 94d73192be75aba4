import { describe, expect, it } from "vitest";
import { HISTORY_BYTES, History } from "../../../src/muc/archive/history.ts";
import { HistoryMessage } from "../../../src/muc/archive/history-message.ts";
import { openRoom } from "../../support/room-driver.ts";

const room = openRoom().registry.get("coven") ?? expect.fail();

/** A message of about so many bytes. */
function message(stanzaId: string, bytes: number): HistoryMessage {
  const payload = `<body>${"x".repeat(bytes)}</body>`;
  return new HistoryMessage(room, {
    nick: "hecate",
    id: "m",
    language: undefined,
    author: "o",
    stanzaId,
    at: 0,
    payload,
  });
}

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

// Failovers behind real servers, in short (docs/architecture.md, "Tests").
import { describe, expect, test } from "vitest";
import { failover, SERVERS, type ServerName } from "./harness.ts";
import { Ledger } from "./ledger.ts";

describe.each(Object.keys(SERVERS) as ServerName[])("two processes behind %s", (server) => {
  test("take over from each other without a trace, whatever happens to the one that serves", async () => {
    const report = await failover({ failovers: 6, seed: 12, server });
    expect(report.findings).toEqual([]);
    expect(report.failovers).toHaveLength(6);
    expect(report.failovers.some(({ isTakenOver }) => isTakenOver)).toBe(true);
  }, 300_000);
});

describe("the comparison of what users heard with what is kept", () => {
  const message = (number: number) => ({ stanzaId: `s${number}`, id: String(number) });
  const compare = (heard: readonly number[], kept: readonly number[]) => {
    const ledger = new Ledger();
    for (const number of [1, 2, 3]) ledger.send(String(number));
    for (const number of heard) ledger.hear("hall", "juliet", message(number));
    const outcome = ledger.compare(new Map([["hall", kept.map(message)]]));
    return { ...outcome, findings: ledger.findings };
  };

  test.each([
    ["twice", [1, 2, 2, 3], [1, 2, 3]],
    ["out of order", [1, 3, 2], [1, 2, 3]],
    ["and is not kept", [1, 2, 3], [1, 3]],
  ])("finds a message that is heard %s", (what, heard, kept) => {
    expect(compare(heard, kept).findings).toEqual([expect.stringContaining(`was heard ${what}`)]);
  });

  test("finds a message that is kept twice", () => {
    expect(compare([1], [1, 2, 2]).findings).toEqual([expect.stringContaining("2 is kept twice")]);
  });

  test("counts messages that nobody heard, and those that are not kept, with and without an answer", () => {
    expect(compare([1], [1, 2])).toMatchObject({ sent: 3, keptUnseen: 1, lost: 1, findings: [] });
    const ledger = new Ledger();
    for (const id of ["1", "2"]) ledger.send(id);
    ledger.refuse("2", "remote-server-timeout");
    expect(ledger.compare(new Map())).toMatchObject({
      lost: 1,
      refused: new Map([["remote-server-timeout", 1]]),
    });
  });
});

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { changesSince } from "../../bench/compare.ts";
import { goalsTable } from "../../bench/goals.ts";
import { SCENARIOS } from "../../bench/scenarios.ts";
import { countOf, HeadScan, tagsWith, WholeTags } from "../../bench/tag-scan.ts";

const BENCH = join(import.meta.dirname, "../../bench/bench.ts");

describe("the benchmark", () => {
  // The benchmark itself fails if a stanza is missing, duplicated or refused.
  test("runs every scenario, and the first one at real servers too", { timeout: 900_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [BENCH, "--quick"]);
    const measured = new Map(
      stdout
        .split(/^## /m)
        .slice(1)
        .map((section) => [
          section.slice(0, section.indexOf("\n")),
          [...section.matchAll(/^\| +\d+ \| (.+?) +\|/gm)].map(([, subject]) => subject),
        ]),
    );
    expect([...measured.keys()]).toEqual([
      ...SCENARIOS.map(({ name }) => name),
      "archive",
      "commit",
      "raid",
      "takeover",
    ]);
    expect(measured.get("commit")).toHaveLength(17);
    for (const name of ["clients", "client-storm"])
      expect(measured.get(name)).toEqual(
        ["prosody", "ejabberd"].map((server) => `verona behind ${server}, multicast`),
      );
    for (const name of ["archive", "commit", "raid", "takeover", "clients", "client-storm"])
      measured.delete(name);
    const [first, ...others] = measured.values();
    expect(first).toEqual([
      ...["verona", "verona memory:", "ceiling", "load alone"],
      ...["prosody", "ejabberd"].flatMap((name) => [name, `verona behind ${name}`, `splicer behind ${name}`]),
    ]);
    for (const subjects of others) expect(subjects).toContain("verona");
  });

  test("finds the start tag of what it seeks, however the bytes are cut", () => {
    const bytes = Buffer.from(
      "<presence to='a'><x><status code='110'/></x></presence><presence to='b'><x/></presence>",
    );
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const whole = new WholeTags();
      const scan = new HeadScan("<presence ", "110");
      const parts = [whole.take(bytes.subarray(0, cut)), whole.take(bytes.subarray(cut))];
      expect(parts.flatMap((part) => scan.take(part))).toEqual(["<presence to='a'>"]);
    }
  });

  test("has a place in the report for every scenario", () => {
    const report = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");
    for (const name of [
      ...SCENARIOS.map((scenario) => scenario.name),
      "archive",
      "commit",
      "raid",
      "machine",
      "goals",
    ]) {
      expect(report.indexOf(`<!-- end of ${name} -->`)).toBeGreaterThan(report.indexOf(`<!-- ${name} -->`));
      expect(report).toContain(`<!-- ${name} -->`);
    }
  });

  test("says of every goal whether the report's figures reach it", () => {
    const section = (name: string, ...lines: string[]) =>
      [`<!-- ${name} -->`, ...lines, `<!-- end of ${name} -->`].join("\n");
    const table = goalsTable(
      [
        section(
          "fan-out",
          "| occupants |        | : ceiling | : prosody |",
          "| --------: | ------ | --------: | --------: |",
          "|       100 | verona |      0.10 |     99.00 |",
          "|       500 | verona |      0.50 |     14.99 |",
          "|       500 | prosody |     0.90 |     80.00 |",
        ),
        section(
          "archive",
          "| messages | query         | p50 ms | max ms |",
          "| -------: | ------------- | -----: | -----: |",
          "|       50 | the last page |   0.16 |   1.01 |",
          "|       50 | a word        |   5.10 |   9.00 |",
        ),
      ].join("\n"),
    );
    const found = new Map(
      [...table.matchAll(/^\| +at \w+ [\d.]+ \| (.+?) +\| +(.+?) \|$/gm)].map(([, what, reached]) => [
        what,
        reached,
      ]),
    );
    expect(found.size).toBe(table.trim().split("\n").length - 2);
    expect(found.get("Copies in a room of 500 : ceiling")).toBe("0.5");
    expect(found.get("Copies in a room of 500 : prosody")).toBe("14.99 (not reached)");
    expect(found.get("Copies in a room of 500 : ejabberd")).toBe("? (not reached)");
    expect(found.get("50 messages of a million, slowest filter, p50 ms")).toBe("5.1 (not reached)");
  });

  describe("compared with the report", () => {
    const table = (copies: string, ceiling: string, micros: string, tail: string) =>
      [
        "| users |        | copies/s | : ceiling | µs CPU/copy | p99.9 ms |",
        "| ----: | ------ | -------: | --------: | ----------: | -------: |",
        `|    10 | verona | ${copies} | ${ceiling} | ${micros} | ${tail} |`,
      ].join("\n");
    const recorded = table("1.0k", "0.50", "4.0", "5.00");
    const found = (rounds: readonly string[], isSameMachine = true) =>
      [...changesSince(recorded, rounds, { isSameMachine }).matchAll(/^\| +10 \| verona \| (.+) \|$/gm)].map(
        ([, cells = ""]) => cells.split("|").map((cell) => cell.trim()),
      );

    test("names what changed by more than a tenth, in every round", () => {
      const rounds = [table("900", "0.51", "1.9", "50.00"), table("1050", "0.49", "2.1", "60.00")];
      expect(found([...rounds, table("1100", "0.50", "2.0", "70.00")])).toEqual([
        ["µs CPU/copy", "4", "2", "1.9", "2.1", "0.50"],
      ]);
    });

    test("takes no change for one that is smaller than the differences between rounds", () => {
      const rounds = ["0.51", "0.60", "0.70"].map((ceiling) => table("1.0k", ceiling, "4.0", "5.00"));
      expect(found(rounds)).toEqual([]);
      expect(changesSince(recorded, rounds, { isSameMachine: true })).toContain("No figure has changed");
    });

    test("on another machine keeps to ratios", () => {
      const rounds = [table("9.0k", "0.25", "1.0", "1.00")];
      expect(found(rounds, false).map(([column]) => column)).toEqual([": ceiling"]);
      expect(found(rounds).map(([column]) => column)).toEqual(["copies/s", ": ceiling", "µs CPU/copy"]);
    });
  });

  test("counts and finds tags in bytes, however they are cut", () => {
    const text = '<message to="a" id="1"><body>é > &lt;</body></message><message to="b" id="2"/>';
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const whole = new WholeTags();
      const parts = [whole.take(bytes.subarray(0, cut)), whole.take(bytes.subarray(cut))];
      expect(Buffer.concat(parts).toString()).toBe(text);
      const sum = (needle: string) => parts.reduce((n, part) => n + countOf(part, Buffer.from(needle)), 0);
      expect([sum("<message"), sum("</message>"), sum("<iq")]).toEqual([2, 1, 0]);
      expect(parts.flatMap((part) => tagsWith(part, Buffer.from(' to="')))).toEqual([
        '<message to="a" id="1">',
        '<message to="b" id="2"/>',
      ]);
    }
  });
});

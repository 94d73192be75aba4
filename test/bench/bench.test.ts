import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { countOf, tagsWith, WholeTags } from "../../bench/tag-scan.ts";

const BENCH = join(import.meta.dirname, "../../bench/bench.ts");

describe("the benchmark", () => {
  // It fails by itself where a copy is missing, comes twice or is refused.
  test("runs, and has a line for each subject and room size", { timeout: 120_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [BENCH, "--quick"]);
    const [fanOut = "", archive = ""] = stdout.split("\narchive, ");
    expect(archive.trimEnd().split("\n").slice(3)).toHaveLength(14);
    const lines = fanOut.trimEnd().split("\n").slice(3);
    expect(
      lines.map((line) =>
        line
          .trim()
          .split(/\s{2,}/)
          .slice(0, 2),
      ),
    ).toEqual([
      ["1", "verona memory:"],
      ["1", "verona sqlite:"],
      ["1", "ceiling"],
      ["20", "verona memory:"],
      ["20", "verona sqlite:"],
      ["20", "ceiling"],
    ]);
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

import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Requirement, readConformance } from "../../dev/conformance.ts";
import { writeDoap } from "../../dev/doap.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");

// "prose": a requirement without a keyword; "example": a requirement that only an example shows.
const LEVEL = /^((MUST|SHOULD|SHALL)( NOT)?|MAY|REQUIRED|RECOMMENDED|OPTIONAL|prose|example)$/;
const STATUS = /^(done|(not done|departs): .+)$/;
const CITATION = /^(?:scansion\/[\w-]+\.scs|(?<file>[\w/-]+\.test\.ts): (?<words>.+))$/;

const { requirements, specifications, unreadable } = readConformance(read("docs/conformance.md"));

const status = ({ cells }: Requirement): string => cells[3] ?? "";
const count = (word: string) => requirements.filter((row) => status(row).startsWith(word)).length;
const counts = ["done", "not done", "departs"].map((word) => `${count(word)} ${word}`).join(", ");

/** Returns the tests and scripts of the last column. A test's name may contain a semicolon. */
const citations = ({ cells }: Requirement): string[] =>
  (cells[4] ?? "").split(/; (?=[\w/-]+\.test\.ts: |scansion\/)/).filter((text) => text !== "");

const problems = (judge: (row: Requirement) => string | undefined): string[] =>
  requirements.flatMap((row) => {
    const problem = judge(row);
    return problem === undefined ? [] : [`docs/conformance.md:${row.line}: ${problem}`];
  });

test("every heading of docs/conformance.md names a specification, its version and how far it is implemented", () => {
  expect(unreadable).toEqual([]);
  const numbers = specifications.map(({ number }) => number);
  expect(numbers).toEqual(["0045", ...numbers.slice(1).sort()]);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test(`every row of docs/conformance.md has a level, a status and what shows it (${counts})`, () => {
  expect(
    problems((row) => {
      if (row.cells.length !== 5) return `${row.cells.length} cells instead of 5`;
      if (!/^[\d.]+$/.test(row.cells[0] ?? "")) return `"${row.cells[0]}" is no section`;
      if (!LEVEL.test(row.cells[1] ?? "")) return `unknown level "${row.cells[1]}"`;
      if (row.cells[2] === "") return "no requirement";
      if (!STATUS.test(status(row))) return `unknown status "${status(row)}"`;
      if (status(row) === "done" && citations(row).length === 0) return "done, but shown by nothing";
      return undefined;
    }),
  ).toEqual([]);
});

test("every departure from a text is told at the head of docs/conformance.md, and nothing else is", () => {
  const told = [...read("docs/conformance.md").matchAll(/^- XEP-(\d{4}) ([\d., ]+): /gm)].flatMap(
    ([, number, sections = ""]) => sections.split(", ").map((section) => `${number} ${section}`),
  );
  const departures = requirements.filter((row) => status(row).startsWith("departs"));
  const found = departures.map(({ specification, cells }) => `${specification} ${cells[0]}`);
  expect(new Set(told)).toEqual(new Set(found));
});

test("every test and script that docs/conformance.md names exists", () => {
  const files = globSync("test/**/*.test.ts", { cwd: ROOT });
  const cited = requirements.flatMap(citations).map((text) => CITATION.exec(text)?.groups?.file);
  const names = testNames(
    files.filter((file) => cited.some((name) => name && `/${file}`.endsWith(`/${name}`))),
  );
  expect(
    problems((row) => {
      const wrong = citations(row).find((text) => !exists(text, names));
      return wrong && `no such test or script: ${wrong}`;
    }),
  ).toEqual([]);
});

function exists(citation: string, names: ReadonlyMap<string, readonly string[]>): boolean {
  const { file, words } = CITATION.exec(citation)?.groups ?? {};
  if (!file || !words) return citation.startsWith("scansion/") && existsSync(join(ROOT, citation));
  const of = [...names].filter(([path]) => path.endsWith(`/${file}`));
  return of.length === 1 && of.some(([, tests]) => tests.some((name) => name.includes(words)));
}

/** Returns the full names of the tests in these files, as Vitest collects them, without running them. */
function testNames(files: readonly string[]): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), "verona-tests-"));
  try {
    const list = join(folder, "list.json");
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    // Nothing runs, so the files may share their modules: that takes a tenth of the time.
    execFileSync(process.execPath, [vitest, "list", ...files, "--no-isolate", `--json=${list}`], {
      cwd: ROOT,
      stdio: "pipe",
    });
    const tests = JSON.parse(readFileSync(list, "utf8")) as { name: string; file: string }[];
    const byFile = Map.groupBy(tests, ({ file }) => file);
    return new Map([...byFile].map(([file, group]) => [file, group.map(({ name }) => name)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("doap.xml is current (node dev/write-doap.ts)", () => {
  const { description } = JSON.parse(read("package.json")) as { description: string };
  expect(read("doap.xml")).toBe(writeDoap(specifications, description));
});

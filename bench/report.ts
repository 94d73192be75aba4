// Writes docs/performance.md. The benchmark writes the text between marks; the rest is written by hand.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { postgresPrograms } from "../dev/servers/postgres.ts";
import { readManifest } from "../src/manifest.ts";
import { goalsTable } from "./goals.ts";
import { sectionOf } from "./markdown-table.ts";
import { plot } from "./plot.ts";
import type { Scenario } from "./scenario.ts";
import { cpuEach, type Row, throughput } from "./table.ts";

const DOCS = join(import.meta.dirname, "../docs");
const REPORT = join(DOCS, "performance.md");
/** Fewest points of a line in a chart. */
const LEAST_POINTS = 3;

/** Returns the report as it is. */
export const readReport = (): string => readFileSync(REPORT, "utf8");

/** Returns true if the report was written on a machine with this processor. */
export const isSameMachine = (): boolean => sectionOf(readReport(), "machine").includes(describeProcessor());

/** Writes a text between the marks of that name. Throws if the report has none. */
export function writeSection(name: string, text: string): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const report = readReport();
  const [from, to] = [report.indexOf(begin), report.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${REPORT} has no place for ${name}`);
  writeFileSync(REPORT, `${report.slice(0, from)}${begin}\n${text}\n${report.slice(to)}`);
}

/** Writes which goals the figures of the report reach. */
export function writeGoals(): void {
  writeSection("goals", `\n${goalsTable(readReport())}\n`);
}

/** Draws how a scenario's cost grows, and returns the reference to the picture; empty if there is no line. */
export function writePlot({ name, axis, unit: [one, many] }: Scenario, rows: readonly Row[]): string {
  const subjects = [...new Set(rows.map(({ subject }) => subject))];
  const linesOf = (value: (row: Row) => number) =>
    subjects
      .map((subject) => ({
        name: subject,
        points: rows
          .filter((row) => row.subject === subject && value(row) > 0)
          .map((row) => [row.size, value(row)] as const),
      }))
      .filter(({ points }) => points.length >= LEAST_POINTS);
  const panels = [
    { title: `${many} per second`, x: axis, lines: linesOf(({ figures }) => throughput(figures)) },
    { title: `µs of CPU for each ${one}`, x: axis, lines: linesOf(({ figures }) => cpuEach(figures)) },
  ].filter(({ lines }) => lines.length > 0);
  if (panels.length === 0) return "";
  const file = `performance-${name}.svg`;
  writeFileSync(join(DOCS, file), plot(panels));
  return `\n![${name}: ${many} per second, and CPU time for each ${one}, by ${axis}](${file})\n`;
}

const describeProcessor = (): string => `${cpus().length} × ${cpus()[0]?.model.trim()}`;

/** Returns the versions of the software, and the machine. */
export function describeMachine(): string {
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return [
    `- ${describeProcessor()}, ${memory} GiB, Linux ${release()}`,
    `- Verona ${readManifest().version}, Node ${process.version}, SQLite ${process.versions.sqlite}`,
    `- Prosody ${packageVersion("prosody")}, ejabberd ${packageVersion("ejabberd")}, ${postgresVersion()}`,
    `- ${new Date().toISOString().slice(0, 10)}, \`npm run bench\``,
  ].join("\n");
}

/** Returns the name and version that the server reports, such as "PostgreSQL 17.6". */
function postgresVersion(): string {
  const text = execFileSync(join(postgresPrograms(), "postgres"), ["--version"], { encoding: "utf8" });
  return `PostgreSQL ${/\d[\d.]*/.exec(text)?.[0]}`;
}

const UNKNOWN = "of unknown version";

/** Returns the version of a Debian package. */
export function packageVersion(name: string): string {
  try {
    const status = execFileSync("dpkg-query", ["--status", name], { encoding: "utf8" });
    return /^Version: (.*)$/m.exec(status)?.[1] ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

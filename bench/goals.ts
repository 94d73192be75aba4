// The goals of Verona's performance, checked against the figures in docs/performance.md.
import { readTable, sectionOf } from "./markdown-table.ts";
import { aligned } from "./table.ts";

interface Goal {
  readonly what: string;
  /** The section, the size in its first column, the name in its second (usually verona), and the column of the figure. */
  readonly section: string;
  readonly size: number;
  readonly subject?: string;
  readonly column: string;
  readonly bound: "at least" | "at most";
  readonly goal: number;
}

const GOALS: readonly Goal[] = [
  ratio("fan-out", 500, "Copies in a room of 500", ": ceiling", 0.5),
  ratio("fan-out", 500, "Copies in a room of 500", ": prosody", 15),
  ratio("fan-out", 500, "Copies in a room of 500", ": ejabberd", 10),
  ratio("join-storm", 1000, "Presences where 1000 enter at once", ": prosody", 10),
  ratio("join-storm", 1000, "Presences where 1000 enter at once", ": ejabberd", 8),
  most("giant", 10_000, "Longest pause with a room of 10 000, ms", "longest pause ms", 20),
  most("giant", 10_000, "p99 of the small rooms beside it : alone", "p99 : alone", 3),
  most("idle", 10_000, "Memory of an occupant in 10 000 rooms, KiB", "KiB RSS/occupant", 2),
  most("stored", 100_000, "Memory of an empty room that is loaded, KiB", "KiB RSS/loaded room", 4),
  most("stored", 1_000_000, "Start with a million stored rooms, ms", "start ms", 1000),
  {
    ...most("commit", 1, "A message to one sender, SQLite : a write to the disk", "p50 : disk", 1.3),
    subject: "SQLite",
  },
];

function ratio(section: string, size: number, what: string, column: string, goal: number): Goal {
  return { section, size, what: `${what} ${column}`, column, bound: "at least", goal };
}

function most(section: string, size: number, what: string, column: string, goal: number): Goal {
  return { section, size, what, column, bound: "at most", goal };
}

/** The slowest query of the archive. */
const ARCHIVE = { what: "50 messages of a million, slowest filter, p50 ms", goal: 5 };

/** Returns a table of the goals and the figures of the report (Markdown); "?" for a missing figure. */
export function goalsTable(report: string): string {
  const pages = readTable(sectionOf(report, "archive")).flatMap(({ figures }) => figures.get("p50 ms") ?? []);
  const rows = GOALS.map((goal) => ({ ...goal, found: figureOf(sectionOf(report, goal.section), goal) }));
  const slowest = pages.length === 0 ? undefined : Math.max(...pages);
  const archive = { ...ARCHIVE, bound: "at most", found: slowest };
  return aligned([
    ["goal", "", "reached"],
    ...[...rows, archive].map(({ what, bound, goal, found }) => {
      const isMissed = found === undefined || (bound === "at least" ? found < goal : found > goal);
      return [`${bound} ${goal}`, what, `${found ?? "?"}${isMissed ? " (not reached)" : ""}`];
    }),
  ]);
}

function figureOf(section: string, { size, subject = "verona", column }: Goal): number | undefined {
  const line = readTable(section).find(({ size: found, name }) => found === size && name === subject);
  return line?.figures.get(column);
}

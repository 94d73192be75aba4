// The goals of Verona's performance, checked against the figures in docs/performance.md.
import { readTable, sectionOf } from "./markdown-table.ts";
import { MULTICAST } from "./subjects.ts";
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

/** Verona behind a server with the module of contrib, against the server's own rooms. */
const BEHIND_PROSODY = { subject: `verona behind prosody${MULTICAST}`, column: ": prosody" };
const BEHIND_EJABBERD = { subject: `verona behind ejabberd${MULTICAST}`, column: ": ejabberd" };

const GOALS: readonly Goal[] = [
  ratio("fan-out", 10, "Copies in a room of 10", ": ceiling", 0.35),
  ratio("fan-out", 10, "Copies in a room of 10", ": prosody", 8),
  most("fan-out", 10, "CPU time of a copy in a room of 10, µs", "µs CPU/copy", 6),
  ratio("many-rooms", 100, "Copies in 100 rooms of 10", ": ceiling", 0.35),
  ratio("many-rooms", 100, "Copies in 100 rooms of 10", ": prosody", 8),
  ratio("mixed", 100, "Stanzas of an ordinary day in 100 rooms", ": ceiling", 0.45),
  ratio("fan-out", 500, "Copies in a room of 500", ": ceiling", 0.5),
  ratio("fan-out", 500, "Copies in a room of 500", ": prosody", 15),
  ratio("fan-out", 500, "Copies in a room of 500", ": ejabberd", 10),
  ratio("join-storm", 30, "Presences where 30 enter at once", ": ejabberd", 1),
  ratio("join-storm", 1000, "Presences where 1000 enter at once", ": prosody", 10),
  ratio("join-storm", 1000, "Presences where 1000 enter at once", ": ejabberd", 8),
  ...[10, 100, 500].flatMap((size): Goal[] => [
    { ...ratio("clients", size, `Copies to ${size} clients of Prosody`, ": prosody", 1), ...BEHIND_PROSODY },
    { ...ratio("client-storm", size, `${size} clients of Prosody enter`, ": prosody", 1), ...BEHIND_PROSODY },
  ]),
  ...[100, 500].flatMap((size): Goal[] => [
    {
      ...ratio("clients", size, `Copies to ${size} clients of ejabberd`, ": ejabberd", 1),
      ...BEHIND_EJABBERD,
    },
    {
      ...ratio("client-storm", size, `${size} clients of ejabberd enter`, ": ejabberd", 1),
      ...BEHIND_EJABBERD,
    },
  ]),
  most("giant", 10_000, "Longest pause with a room of 10 000, ms", "longest pause ms", 20),
  most("giant", 10_000, "p99 of the small rooms beside it : alone", "p99 : alone", 3),
  most("raid", 500, "p99 of 200 people while 500 accounts raid their rooms : alone", "p99 : alone", 3),
  most("raid", 500, "Messages of these people that are refused", "people refused", 0),
  most("raid", 500, "Stanzas of the raid that reach an occupant, %", "reach an occupant %", 1),
  {
    ...most("idle", 10_000, "Entries a second into 10 000 rooms of 10", "entries/s", 25_000),
    bound: "at least",
  },
  most("idle", 10_000, "Memory of an occupant in 10 000 rooms, KiB", "KiB RSS/occupant", 2),
  most("stored", 100_000, "Memory of an empty room that is loaded, KiB", "KiB RSS/loaded room", 4),
  most("stored", 1_000_000, "Start with a million stored rooms, ms", "start ms", 1000),
  {
    ...most("commit", 1, "A message to one sender, SQLite : a write to the disk", "p50 : disk", 1.3),
    subject: "SQLite",
  },
  ...["on the same machine", "2 ms away"].map(
    (where): Goal => ({
      ...least(
        "commit",
        1_000,
        `Messages a second of 1000 senders, PostgreSQL ${where}`,
        "messages/s",
        20_000,
      ),
      subject: `PostgreSQL ${where}`,
    }),
  ),
];

function ratio(section: string, size: number, what: string, column: string, goal: number): Goal {
  return least(section, size, `${what} ${column}`, column, goal);
}

function least(section: string, size: number, what: string, column: string, goal: number): Goal {
  return { section, size, what, column, bound: "at least", goal };
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

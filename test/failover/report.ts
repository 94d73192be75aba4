// The results of runs, as a page of the documentation.
import { packageVersion } from "../../bench/report.ts";
import { aligned, quantile } from "../../bench/table.ts";
import { type Fact, factsOf, pageWith, sectionOf } from "../support/report-page.ts";
import type { Failover, FailoverReport, ServerName } from "./harness.ts";

const HEAD = `# Failover report

The last runs of \`npm run failover\`, a section for each XMPP server. Two processes of Verona run with \`standby\`, each on a
machine of its own (a network namespace), with one PostgreSQL, while four users in two rooms say a hundred messages a second
in all. Faults strike at random instants. After each, everything that users heard is compared with what is kept.

A *pause* is the longest time in which nobody heard a message, from the fault to the comparison.
`;

/** Replaces the section of a server in the page. */
export const failoverPageWith = (page: string, section: string): string => pageWith(HEAD, page, section);

/** Writes the section of a run in Markdown; `seconds` is the duration. */
export function failoverSectionOf(
  { failovers, findings, leftOut }: FailoverReport,
  server: ServerName,
  seed: number,
  seconds: number,
): string {
  const sum = (value: (failover: Failover) => number): number =>
    failovers.reduce((total, failover) => total + value(failover), 0);
  const facts: Fact[] = [
    ...factsOf(["PostgreSQL, XMPP server", versionsOf(server)], seed, seconds),
    ["Faults", failovers.length],
    ["of these with a takeover", failovers.filter(({ isTakenOver }) => isTakenOver).length],
    ["Messages that users sent", sum(({ sent }) => sent)],
    ["of these kept, and heard by nobody when they were said", sum(({ keptUnseen }) => keptUnseen)],
    ["of these not kept, without an answer", sum(({ lost }) => lost)],
    ...refusalsOf(failovers).map(([error, count]): Fact => [`of these not kept, answered ${error}`, count]),
    ["Messages heard and not kept, heard twice or out of order; departures shown", findings.length],
    ...(leftOut === undefined ? [] : [["Left out: network cuts", leftOut] as const]),
  ];
  const command = `npm run failover -- --failovers ${failovers.length} --seed ${seed} --server ${server}`;
  const heading = server === "prosody" ? "Prosody" : "ejabberd";
  return `${sectionOf(heading, command, facts, findings)}\n${pausesOf(failovers)}\n`;
}

/** Returns a table with a line for each kind of fault. */
function pausesOf(failovers: readonly Failover[]): string {
  const kinds = [...new Set(failovers.map(({ strike }) => strike))].toSorted();
  const lines = kinds.map((kind) => {
    const some = failovers.filter(({ strike }) => strike === kind);
    const pauses = some.map(({ pause }) => pause / 1000);
    const total = (value: (failover: Failover) => number): string =>
      String(some.reduce((sum, failover) => sum + value(failover), 0));
    return [
      String(some.length),
      kind,
      total(({ isTakenOver }) => Number(isTakenOver)),
      ...[0.5, 0.99, 1].map((share) => quantile(pauses, share).toFixed(2)),
      total(({ keptUnseen }) => keptUnseen),
      total(({ refused }) => [...refused.values()].reduce((sum, count) => sum + count, 0)),
      total(({ lost }) => lost),
    ];
  });
  const headings = ["times", "fault", "takeovers", "pause p50 s", "p99 s", "longest s"];
  return aligned([[...headings, "kept unheard", "refused", "lost"], ...lines]);
}

function refusalsOf(failovers: readonly Failover[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { refused } of failovers)
    for (const [error, count] of refused) counts.set(error, (counts.get(error) ?? 0) + count);
  return [...counts].toSorted(([a], [b]) => a.localeCompare(b));
}

const versionsOf = (server: ServerName): string =>
  [packageVersion("postgresql"), `${server} ${packageVersion(server)}`].join(", ");

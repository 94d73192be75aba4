// The results of simulations, as a page of the documentation.
import { aligned, quantile } from "../../bench/table.ts";
import { type Fact, factsOf, pageWith, sectionOf } from "../support/report-page.ts";
import type { Load, SimulationReport } from "./simulation.ts";

const HEAD = `# Simulation report

The last runs of \`npm run simulate\`. The nodes of a cluster run in virtual time, with the code that decides who owns which slot,
and with models of PostgreSQL, of the servers and of rooms ([0058](decisions/0058-many-nodes.md), "Ownership"). A way through
the database or the servers takes up to 5 ms. Nodes join, leave and are killed in turns, one every six seconds; in three of ten
kills the database learns only after some seconds that the node's session has ended.

A *pause* of a slot is the time in which nobody serves it. The *balance* is there when every slot is served by its heir, and
every node that leaves has ended.
`;

/** Replaces the section of a number of nodes in the page. */
export const simulationPageWith = (page: string, section: string): string => pageWith(HEAD, page, section);

interface Run {
  readonly nodes: number;
  readonly stanzas: number;
  readonly changes: number;
  readonly seed: number;
  readonly seconds: number;
}

/** Writes the section of a run in Markdown; `seconds` is the duration. */
export function simulationSectionOf(report: SimulationReport, run: Run): string {
  const { received, handled, refused, messages, moved, killed, balance } = report;
  const { nodes, stanzas, changes, seed, seconds } = run;
  const facts: Fact[] = [
    ...factsOf(undefined, seed, seconds),
    ["Joins, leaves and kills", `${changes} each`],
    ["Stanzas that nodes got from their servers", received],
    ["of these handled, each once and in order", handled],
    ["of these refused", refused],
    ["of these lost with a node that was killed", received - handled - refused],
    ["Messages between nodes for each stanza", (messages / received).toFixed(2)],
    ["Pauses of slots that moved: number; p50, p99, longest", pausesOf(moved)],
    ["Pauses of slots of killed nodes: number; p50, p99, longest", pausesOf(killed)],
    ...[...balance].map(
      ([change, ms]): Fact => [`Balance after a ${change}: p50, longest`, timesOf(ms, [0.5, 1])],
    ),
  ];
  const command = `npm run simulate -- --nodes ${nodes} --stanzas ${stanzas} --changes ${changes} --seed ${seed}`;
  return sectionOf(`${nodes} nodes`, command, facts, []);
}

/** Writes a table of what all nodes together ask the database in a second. */
export function loadTableOf(sizes: readonly { size: number; report: SimulationReport }[]): string {
  const lineOf = (size: number, when: string, { renewals, looks, reads, writes }: Load) => [
    ...[String(size), when],
    ...[renewals, looks, reads, writes].map((count) => count.toFixed(1)),
  ];
  const lines = sizes.flatMap(({ size, report }) => [
    lineOf(size, "at rest", report.atRest),
    lineOf(size, "while nodes come and go", report.whileChanging),
  ]);
  const headings = ["nodes", "", "renewals/s", "looks at others/s", "reads of all slots/s", "changes/s"];
  return `${aligned([headings, ...lines])}\n`;
}

function pausesOf(pauses: readonly number[]): string {
  return `${pauses.length}; ${timesOf(pauses, [0.5, 0.99, 1])}`;
}

const timesOf = (times: readonly number[], shares: readonly number[]): string =>
  times.length === 0 ? "none" : `${shares.map((share) => Math.round(quantile(times, share))).join(", ")} ms`;

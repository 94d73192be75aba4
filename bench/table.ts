// Tables of figures in Markdown.
import type { ParticipantCost } from "./meter.ts";
import { LOAD } from "./meter.ts";
import type { Figures, Scenario } from "./scenario.ts";
import { type Form, MULTICAST } from "./subjects.ts";

export interface Row {
  readonly subject: string;
  readonly form: Form;
  readonly size: number;
  readonly figures: Figures;
}

/** Names of the subjects with which the others are compared. */
const COMPARED = ["ceiling", "prosody", "ejabberd"];
export const throughput = ({ produced, seconds }: Figures): number => produced / seconds;

/** Returns the CPU time of the measured processes, without the load, for each unit produced, in microseconds. */
export const cpuEach = ({ participants, produced }: Figures): number =>
  (measured(participants).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / produced) * 1e6;

/** Returns a table with a line for each row. Ratios are to the rows of the same size. */
export function tableOf({ axis, unit }: Scenario, rows: readonly Row[]): string {
  const notes = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures.notes ?? {})))];
  const compared = COMPARED.filter((name) => rows.some(({ subject }) => subject === name));
  const hasWithout = rows.some(({ subject }) => subject.endsWith(MULTICAST));
  const headings = [
    ...[axis, "", `${unit[1]}/s`, ...compared.map((name) => `: ${name}`)],
    ...(hasWithout ? [": without"] : []),
    ...["p50 ms", "p99 ms", "p99.9 ms", `µs CPU/${unit[0]}`, "CPU s", "RSS MB", "load", ...notes],
  ];
  const ratio = (name: string, size: number, figures: Figures): string => {
    const other = rows.find((row) => row.subject === name && row.size === size);
    return other ? (throughput(figures) / throughput(other.figures)).toFixed(2) : "";
  };
  const lines = rows.map(({ subject, size, figures }) => [
    ...[String(size), subject, rounded(throughput(figures))],
    ...compared.map((name) => ratio(name, size, figures)),
    ...(hasWithout
      ? [subject.endsWith(MULTICAST) ? ratio(subject.slice(0, -MULTICAST.length), size, figures) : ""]
      : []),
    ...quantiles(figures.latencies, [0.5, 0.99, 0.999]),
    cpuEach(figures).toFixed(cpuEach(figures) < 10 ? 2 : 1),
    each(figures.participants, ({ cpuSeconds }) => cpuSeconds.toFixed(2)),
    each(figures.participants, ({ rssBytes }) => (rssBytes / 1e6).toFixed(0)),
    `${((100 * loadOf(figures)) / figures.seconds).toFixed(0)} %`,
    ...notes.map((note) => figures.notes?.[note] ?? ""),
  ]);
  return aligned([headings, ...lines]);
}

/** Returns the quantile of a list; NaN for an empty one. */
export function quantile(values: readonly number[], share: number): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.ceil(ascending.length * share) - 1] ?? Number.NaN;
}

/** Returns several quantiles as text; empty texts for an empty list. */
export function quantiles(values: readonly number[], shares: readonly number[]): string[] {
  return shares.map((share) => {
    const value = quantile(values, share);
    return Number.isNaN(value) ? "" : value.toFixed(value < 100 ? 2 : 0);
  });
}

/** Writes a table in Markdown. The second column is text, the others are numbers. */
export function aligned([headings = [], ...lines]: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, 3, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const isText = (column: number): boolean => column === 1;
  const write = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    isText(column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [write(headings), write(rule), ...lines.map(write)].join("\n");
}

/** Returns a value of each process, such as "verona 1.2, prosody 3.4" if there are several. */
function each(participants: readonly ParticipantCost[], value: (cost: ParticipantCost) => string): string {
  return participants.map((cost) => `${cost.name} ${value(cost)}`).join(", ");
}

const measured = (participants: readonly ParticipantCost[]): readonly ParticipantCost[] =>
  participants.filter(({ name }) => name !== LOAD);

const loadOf = ({ participants }: Figures): number =>
  participants.find(({ name }) => name === LOAD)?.cpuSeconds ?? 0;

const rounded = (value: number): string =>
  value < 1000 ? value.toFixed(0) : `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)}k`;

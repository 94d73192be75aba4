// Compares several rounds of a benchmark with the figures in docs/performance.md.
import { type Line, readTable } from "./markdown-table.ts";
import { aligned, quantile } from "./table.ts";

/** The least change that is shown, as a share. The rounds may differ more; then a change must be larger. */
const LEAST = 0.1;

/** Columns that are hardly the same twice, or say how the load did. */
const IGNORED = ["p99.9 ms", "max ms", "load"];

/** True for figures that hold on any machine: ratios within a run, and memory of one thing. */
const holdsAnywhere = (column: string): boolean => /(^|\s): |^KiB /.test(column);

interface Options {
  /** False if the report is from another machine. Then only ratios and memory are compared. */
  readonly isSameMachine: boolean;
}

/**
 * Returns a table of the figures that differ from the recorded ones by more than the noise: by a tenth at least, by more
 * than the rounds differ among themselves, and in every round in the same direction. `rounds` are tables of one scenario.
 */
export function changesSince(
  recorded: string,
  rounds: readonly string[],
  { isSameMachine }: Options,
): string {
  const known = readTable(recorded);
  const found = rounds.map(readTable);
  const lines = known.flatMap(({ size, name, figures }) =>
    [...figures].flatMap(([column, before]) => {
      if (IGNORED.includes(column) || !(isSameMachine || holdsAnywhere(column))) return [];
      const now = found.flatMap((round) => figureOf(round, size, name, column) ?? []);
      return now.length === 0 ? [] : changeOf(before, now).map((text) => [`${size}`, name, column, ...text]);
    }),
  );
  if (lines.length === 0) return "No figure has changed by more than the noise.";
  return aligned([["size", "", "figure", "recorded", "now", "lowest", "highest", ": recorded"], ...lines]);
}

function figureOf(round: readonly Line[], size: number, name: string, column: string): number | undefined {
  return round.find((line) => line.size === size && line.name === name)?.figures.get(column);
}

/** Returns the cells of one change, or nothing. */
function changeOf(before: number, now: readonly number[]): string[][] {
  const [lowest, highest, median] = [Math.min(...now), Math.max(...now), quantile(now, 0.5)];
  const difference = Math.abs(median - before);
  const isOutside = before < lowest || before > highest;
  if (!isOutside || difference <= Math.max(LEAST * Math.abs(before), highest - lowest)) return [];
  const ratio = before === 0 ? "" : (median / before).toFixed(2);
  return [[...[before, median, lowest, highest].map((value) => String(Number(value.toPrecision(4)))), ratio]];
}

import type { FanOutFigures } from "./fan-out.ts";

export interface Row {
  readonly subject: string;
  readonly occupants: number;
  readonly figures: FanOutFigures;
  /** Of the same load, in the same run. */
  readonly ceiling: FanOutFigures;
}

const COLUMNS: readonly (readonly [heading: string, cell: (row: Row) => string])[] = [
  ["occupants", ({ occupants }) => String(occupants)],
  ["subject", ({ subject }) => subject],
  ["copies/s", ({ figures }) => (figures.copies / figures.seconds).toFixed(0)],
  ["µs/stanza", ({ figures }) => microseconds(figures.cpuSeconds / figures.messages)],
  ["µs/copy", ({ figures }) => microseconds(figures.cpuSeconds / figures.copies)],
  ["p50 ms", ({ figures }) => quantile(figures.reflections, 0.5)],
  ["p99 ms", ({ figures }) => quantile(figures.reflections, 0.99)],
  ["CPU s", ({ figures }) => figures.cpuSeconds.toFixed(2)],
  ["RSS MB", ({ figures }) => (figures.rssBytes / 1e6).toFixed(0)],
  ["CPU : ceiling", ({ figures, ceiling }) => ratio(figures.cpuSeconds, ceiling.cpuSeconds)],
  ["load", ({ figures }) => `${(figures.loadShare * 100).toFixed(0)} %`],
];

/** The figures as lines of text, one for each row under a line of headings. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    COLUMNS.map(([heading]) => heading),
    ...rows.map((row) => COLUMNS.map(([, cell]) => cell(row))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (text: string, column: number): string =>
    column === 1 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join("  ")).join("\n");
}

const microseconds = (seconds: number): string => (seconds * 1e6).toFixed(seconds < 1e-4 ? 2 : 0);

const ratio = (value: number, of: number): string => (of > 0 ? (value / of).toFixed(2) : "-");

function quantile(ascending: readonly number[], share: number): string {
  return (ascending[Math.ceil(ascending.length * share) - 1] ?? Number.NaN).toFixed(2);
}

import type { Reading } from "./meter.ts";
import type { Form, Setting, Stage } from "./subjects.ts";

/** What one run has given. */
export interface Figures extends Reading {
  /** How much came out, in the scenario's unit. */
  readonly produced: number;
  /** In milliseconds. */
  readonly latencies: readonly number[];
  /** What this scenario measures besides, for columns of its own. */
  readonly notes?: Readonly<Record<string, string>>;
}

/** How long is talked, and how long nobody does before the memory that is left is measured, in seconds. */
export interface Pace {
  readonly warmUp: number;
  readonly measured: number;
  readonly rest: number;
}

/** A kind of load. It fails by itself where something is missing, comes twice or is refused. */
export interface Scenario {
  readonly name: string;
  /** What happens, in a sentence or two for the report. */
  readonly description: string;
  /** What the size N counts. */
  readonly axis: string;
  /** What is produced: one, and many of it. */
  readonly unit: readonly [one: string, many: string];
  /** From what to what the latency is. */
  readonly latency: string;
  /** Which sizes each form, or one subject by its name, is measured at; none where it is left out. */
  readonly sizes: Readonly<Partial<Record<Form | "prosody", readonly number[]>>>;
  /** The size of the smoke run. */
  readonly quickSize: number;
  /** How what is measured is set up, where not as usual. */
  setting?(size: number): Setting;
  run(stage: Stage, size: number, pace: Pace): Promise<Figures>;
}

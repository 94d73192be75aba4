import type { Reading } from "./meter.ts";
import type { Form, Setting, Stage } from "./subjects.ts";

/** The figures of one run. */
export interface Figures extends Reading {
  /** Amount produced, in the scenario's unit. */
  readonly produced: number;
  /** Latencies in milliseconds. */
  readonly latencies: readonly number[];
  /** Further figures of this scenario, for columns of their own. */
  readonly notes?: Readonly<Record<string, string>>;
}

/** Seconds of talk, and of silence before the remaining memory is measured. */
export interface Pace {
  readonly warmUp: number;
  readonly measured: number;
  readonly rest: number;
}

/** A kind of load. A run throws if something is missing, duplicate or refused. */
export interface Scenario {
  readonly name: string;
  /** Description for the report, in one or two sentences. */
  readonly description: string;
  /** Meaning of the size N. */
  readonly axis: string;
  /** Unit of what is produced, singular and plural. */
  readonly unit: readonly [one: string, many: string];
  /** Start and end of the latency. */
  readonly latency: string;
  /** Sizes to measure, by form or by the name of a subject. */
  readonly sizes: Readonly<Partial<Record<Form | "prosody", readonly number[]>>>;
  /** The size of the smoke run. */
  readonly quickSize: number;
  /** Returns the set-up of the subject, if it differs from the usual one. */
  setting?(size: number): Setting;
  run(stage: Stage, size: number, pace: Pace): Promise<Figures>;
}

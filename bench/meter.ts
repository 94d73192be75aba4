import { costOf } from "./process-cost.ts";

/** A process that takes part. */
export interface Participant {
  readonly name: string;
  readonly pid: number;
}

export interface ParticipantCost {
  readonly name: string;
  /** Used while it was measured. */
  readonly cpuSeconds: number;
  /** Resident at the end. */
  readonly rssBytes: number;
}

/** What was used between two moments. */
export interface Reading {
  readonly seconds: number;
  /** Of what is measured, and of the load last. */
  readonly participants: readonly ParticipantCost[];
}

export const LOAD = "load";

/** Begins to measure; the function that it returns ends it. */
export function startMeter(participants: readonly Participant[]): () => Reading {
  const all = [...participants, { name: LOAD, pid: process.pid }];
  const before = all.map(({ pid }) => costOf(pid));
  const start = performance.now();
  return () => {
    const seconds = (performance.now() - start) / 1000;
    return {
      seconds,
      participants: all.map(({ name, pid }, index) => {
        const { cpuSeconds, rssBytes } = costOf(pid);
        return { name, cpuSeconds: cpuSeconds - (before[index]?.cpuSeconds ?? 0), rssBytes };
      }),
    };
  };
}

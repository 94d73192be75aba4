import { costOf } from "./process-cost.ts";

/** A measured process. */
export interface Participant {
  readonly name: string;
  readonly pid: number;
}

export interface ParticipantCost {
  readonly name: string;
  /** CPU time during the measurement. */
  readonly cpuSeconds: number;
  /** Resident memory at the end. */
  readonly rssBytes: number;
}

/** The resources used between two moments. */
export interface Reading {
  readonly seconds: number;
  /** The costs of the measured processes, and those of the load last. */
  readonly participants: readonly ParticipantCost[];
}

export const LOAD = "load";

/** Starts a measurement. The returned function ends it. */
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

import { readFileSync } from "node:fs";

/** The resources that a process has used so far, from /proc (Linux). */
export interface ProcessCost {
  /** User and system time of all threads, to 10 ms. */
  readonly cpuSeconds: number;
  /** Resident memory. */
  readonly rssBytes: number;
  /** Peak of the resident memory. */
  readonly mostRssBytes: number;
}

/** USER_HZ, which is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Reads the cost of a process. Throws if it does not exist. */
export function costOf(pid: number): ProcessCost {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // Field 2 is the name in parentheses; utime and stime are fields 14 and 15 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
    mostRssBytes: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
  };
}

import { readFileSync } from "node:fs";

/** What a process has used so far, as Linux tells in /proc. */
export interface ProcessCost {
  /** User and system time of all threads, to 10 ms. */
  readonly cpuSeconds: number;
  /** Resident now. */
  readonly rssBytes: number;
  /** The most that was resident so far. */
  readonly mostRssBytes: number;
}

/** USER_HZ, which is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Throws where there is no such process. */
export function costOf(pid: number): ProcessCost {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the name in parentheses; behind it, utime and stime are fields 14 and 15 of all (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
    mostRssBytes: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
  };
}

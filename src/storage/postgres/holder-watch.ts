// Judges from looks at the database if holders of leases are gone. Pure; milliseconds of a monotonic clock.

/** The row of the lease and its holder, as a standby sees them. */
export interface LeaseRow {
  readonly epoch: string;
  readonly beat: string;
  /** The process that renews the lease; undefined if it was returned, or if the present process has no lease. */
  readonly holder: string | undefined;
  /** True if the holder has a session. */
  readonly hasSession: boolean;
}

/** The part of a lease for which its beat must stand still before a standby takes over. */
const SILENT_LEASES = 1.1;

/**
 * The holder: "alive", or "gone" (its sessions ended, or it returned the lease), or "silent" (it has not renewed the lease
 * for so long that it knows itself without it).
 */
export type Verdict = "alive" | "gone" | "silent";

export class HolderWatch {
  readonly #leaseMs: number;
  #last: LeaseRow | undefined;
  #quietSince = 0;
  /** The holder had a session, in the time of this watch. */
  #hadSession = false;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  see(row: LeaseRow, now: number): Verdict {
    const { epoch, beat, holder, hasSession } = row;
    if (holder !== this.#last?.holder) this.#hadSession = false;
    if (epoch !== this.#last?.epoch || beat !== this.#last.beat) this.#quietSince = now;
    this.#last = row;
    this.#hadSession ||= hasSession;
    if (holder === undefined) return "gone";
    if (now - this.#quietSince >= SILENT_LEASES * this.#leaseMs) return "silent";
    // Without a session before, the database may have restarted, and the holder may be about to come back.
    return this.#hadSession && !hasSession ? "gone" : "alive";
  }

  /** Begins to count again: the database or this process was slow, and maybe the holder could not renew the lease either. */
  countAnew(now: number): void {
    this.#quietSince = now;
  }
}

/** Watches several holders, each with a row of its own. */
export class HolderWatches {
  readonly #leaseMs: number;
  #watches = new Map<string, HolderWatch>();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** Judges the holders of rows; the epoch of a row tells it from others. Forgets those that are not among them. */
  see(rows: readonly LeaseRow[], now: number): Verdict[] {
    const before = this.#watches;
    this.#watches = new Map();
    return rows.map((row) => {
      const watch = before.get(row.epoch) ?? new HolderWatch(this.#leaseMs);
      this.#watches.set(row.epoch, watch);
      return watch.see(row, now);
    });
  }

  /** As `HolderWatch.countAnew`, for all. */
  countAnew(now: number): void {
    for (const watch of this.#watches.values()) watch.countAnew(now);
  }
}

// The lease of a single process: the one row of `verona.lease`, in the epoch that the process has begun. Decision 0056.
import type pg from "pg";
import { StorageError } from "../store.ts";
import type { LeaseRecord, Renewal } from "./lease.ts";
import { BEGIN_EARLY_EPOCH, BEGIN_EPOCH, HAS_NODES, RENEW, RETURN } from "./lease-queries.ts";
import { tryLock } from "./lock.ts";

/** What `beginEpoch` needs to know. */
export interface EpochOptions {
  /** The identifier that the last commit gets. */
  readonly lastCommit: string;
  /** The process that gets the lease; undefined if it serves without one. */
  readonly id: string | undefined;
  /** The state of the lease that was seen. */
  readonly epoch: string;
  readonly beat: string;
}

/**
 * Begins an epoch: no earlier process can renew its lease or commit, neither single ones nor nodes. Resolves with
 * undefined if the lease is not in the given state any more. It can be repeated.
 */
export async function beginEpoch(
  client: pg.ClientBase,
  { lastCommit, id, epoch, beat }: EpochOptions,
): Promise<string | undefined> {
  const hasNodes = (await client.query(HAS_NODES)).rows[0]?.has_nodes === true;
  const { rows } = await client.query(hasNodes ? BEGIN_EPOCH : BEGIN_EARLY_EPOCH, [
    lastCommit,
    id,
    epoch,
    beat,
  ]);
  return rows.length === 0 ? undefined : String(rows[0]?.epoch);
}

export interface EpochRecordOptions {
  readonly epoch: string;
  /** Identifies this process. */
  readonly id: string;
  /** Names the database to the operator. */
  readonly target: string;
}

export class EpochRecord implements LeaseRecord {
  readonly #options: EpochRecordOptions;

  constructor(options: EpochRecordOptions) {
    this.#options = options;
  }

  tryLock(client: pg.ClientBase): Promise<boolean> {
    return tryLock(client);
  }

  async renew(client: pg.ClientBase, isLinkUp = true): Promise<Renewal | undefined> {
    const { rows } = await client.query(RENEW, [this.#options.epoch, this.#options.id, isLinkUp]);
    return rows[0] && { hasReadyStandby: rows[0].has_ready_standby === true };
  }

  async release(client: pg.ClientBase): Promise<void> {
    await client.query(RETURN, [this.#options.epoch]);
  }

  explainLoss(): StorageError {
    return takenOver(this.#options.target);
  }
}

export const takenOver = (target: string): StorageError =>
  new StorageError(
    `another Verona has taken over the database ${target}: this one ends, and waits as a standby when it is started again`,
  );

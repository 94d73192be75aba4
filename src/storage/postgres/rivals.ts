// Processes whose right to serve excludes that of the present one: they must be gone or silent before it begins to serve.
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { isMissingTable } from "./faults.ts";
import { HolderWatches, type LeaseRow, type Verdict } from "./holder-watch.ts";
import { LEASE_MS } from "./lease.ts";
import { END_SESSIONS } from "./lease-queries.ts";
import { inUse, PATIENCE, POLL } from "./lock.ts";
import { NODES, REMOVE_NODE, SINGLE_HOLDER } from "./node-queries.ts";
import { timedAnswer } from "./timed-answer.ts";

/** The row of a process that has a lease. Its epoch is the number of a node. */
export interface SeenHolder extends LeaseRow {
  /** The name of a node; undefined for a single process. */
  readonly name: string | undefined;
}

export interface Rival extends SeenHolder {
  readonly verdict: Verdict;
}

/** Judges on one session if the others are there. */
export class Rivals {
  readonly #client: pg.ClientBase;
  readonly #watches = new HolderWatches(LEASE_MS);
  #lookedAt = Number.POSITIVE_INFINITY;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  /** Looks at the nodes. */
  nodes(): Promise<Rival[]> {
    return this.#look([NODES]);
  }

  /** Looks at the nodes, and at the single process that has the lease. */
  all(): Promise<Rival[]> {
    return this.#look([SINGLE_HOLDER, NODES]);
  }

  /**
   * Removes the nodes that are gone or silent, and ends what sessions they have. Resolves with one that is there, if there
   * is one. A node that has renewed its lease since the look is there.
   */
  async removeNodes(): Promise<Rival | undefined> {
    for (const node of await this.nodes()) if (!(await removeNode(this.#client, node))) return node;
    return undefined;
  }

  async #look(queries: readonly string[]): Promise<Rival[]> {
    const found = await timedAnswer(this.#watches, this.#readAll(queries), this.#lookedAt);
    const now = performance.now();
    this.#lookedAt = now;
    const verdicts = this.#watches.see(found, now);
    return found.map((row, index) => ({ ...row, verdict: verdicts[index] ?? "alive" }));
  }

  async #readAll(queries: readonly string[]): Promise<SeenHolder[]> {
    const found: SeenHolder[] = [];
    for (const query of queries) found.push(...(await this.#read(query)));
    return found;
  }

  async #read(query: string): Promise<SeenHolder[]> {
    try {
      return await readSeen(this.#client, query);
    } catch (error) {
      if (isMissingTable(error)) return [];
      throw error;
    }
  }
}

/** Reads rows of leases (node-queries.ts). */
export async function readSeen(
  client: pg.ClientBase,
  query: string,
  values: unknown[] = [],
): Promise<SeenHolder[]> {
  const { rows } = await client.query(query, values);
  return rows.map(({ epoch, name, beat, holder, has_session }) => ({
    ...{ epoch: String(epoch), beat: String(beat), holder: String(holder) },
    ...{ hasSession: has_session === true, name: name === undefined ? undefined : String(name) },
  }));
}

/** Removes a node that is gone or silent. Resolves with false if it is there, or has renewed its lease since. */
export async function removeNode(client: pg.ClientBase, node: Rival): Promise<boolean> {
  if (node.verdict === "alive") return false;
  const { rows } = await client.query(REMOVE_NODE, [node.epoch, node.beat]);
  if (rows.length === 0) return false;
  await client.query(END_SESSIONS, [node.holder]);
  return true;
}

/** Waits until the nodes of a cluster have ended, for a single process that has the lock. Throws `StorageError` after a while. */
export async function waitForNodes(client: pg.ClientBase, target: string): Promise<void> {
  const rivals = new Rivals(client);
  const start = performance.now();
  for (;;) {
    const node = await rivals.removeNodes();
    if (!node) return;
    if (performance.now() - start > PATIENCE) throw inUse(target, `the node ${node.name} of a cluster`);
    await delay(POLL);
  }
}

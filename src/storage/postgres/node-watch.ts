// Watches other nodes, and buries those that have ended or gone silent. Decision 0058.
import type pg from "pg";
import type { Logger } from "pino";
import type { BurialHandlers, NodeId } from "../../cluster/cluster-tables.ts";
import type { Lease } from "../lease.ts";
import { HolderWatches, type Verdict } from "./holder-watch.ts";
import { LEASE_MS, RENEWAL_MS } from "./lease.ts";
import { END_SESSIONS } from "./lease-queries.ts";
import { BURY, IS_REGISTERED, NOTE_NODE, WATCHED_NODES } from "./node-queries.ts";
import { readSeen, type SeenHolder } from "./rivals.ts";
import { timedAnswer } from "./timed-answer.ts";

/** Milliseconds between two looks. */
const POLL_MS = 200;

export interface NodeWatchOptions {
  /** The number of this node. */
  readonly node: NodeId;
  readonly lease: Pick<Lease, "isHeld">;
  readonly log: Logger | undefined;
  /** Runs an action on the session of the tables, and repeats it if its outcome is unknown. */
  run<T>(action: (client: pg.ClientBase) => Promise<T>): Promise<T>;
}

export class NodeWatch {
  readonly #options: NodeWatchOptions;
  #handlers: BurialHandlers | undefined;
  #watched: readonly NodeId[] = [];
  #watches = new HolderWatches(LEASE_MS);
  /** The session of the latest look. */
  #client: pg.ClientBase | undefined;
  #lookedAt = Number.POSITIVE_INFINITY;
  #wroteAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
  }

  set handlers(handlers: BurialHandlers) {
    this.#handlers = handlers;
  }

  watch(nodes: readonly NodeId[]): void {
    this.#watched = nodes.filter((node) => node !== this.#options.node);
    this.#lookSoon();
  }

  /** Waits for a look under way, whose session must have been closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #lookSoon(): void {
    if (this.#looking || this.#isClosed) return;
    clearTimeout(this.#timer);
    if (this.#watched.length === 0) {
      this.#lookedAt = Number.POSITIVE_INFINITY;
      return;
    }
    this.#looking = this.#look()
      .catch((error) => this.#options.log?.debug({ err: error }, "the nodes were not seen"))
      .finally(() => {
        this.#looking = undefined;
        if (!this.#isClosed) this.#timer = setTimeout(() => this.#lookSoon(), POLL_MS).unref();
      });
  }

  async #look(): Promise<void> {
    const { node, lease, run } = this.#options;
    // The write shows that the database commits, and so that the others could renew their leases.
    if (performance.now() - this.#wroteAt >= RENEWAL_MS) {
      await timedAnswer(
        this.#watches,
        run((client) => client.query(NOTE_NODE, [node])),
      );
      this.#wroteAt = performance.now();
    }
    const { client, seen } = await timedAnswer(
      this.#watches,
      run(async (client) => ({ client, seen: await readSeen(client, WATCHED_NODES, [this.#watched]) })),
      this.#lookedAt,
    );
    const now = performance.now();
    this.#lookedAt = now;
    // Another session: the database may have restarted, and ended the sessions of all.
    if (client !== this.#client) this.#watches = new HolderWatches(LEASE_MS);
    this.#client = client;
    if (!lease.isHeld) this.#watches.countAnew(now);
    const verdicts = this.#watches.see(seen, now);
    for (const [index, other] of seen.entries()) await this.#judge(other, verdicts[index] ?? "alive");
  }

  async #judge(other: SeenHolder, verdict: Verdict): Promise<void> {
    // Others may be watched in its place since the look.
    if (verdict === "alive" || !this.#handlers || !this.#watched.includes(other.epoch)) return;
    const { log, run } = this.#options;
    const database = { node: other.name, number: other.epoch };
    if (verdict === "silent" && other.hasSession) {
      log?.warn(database, "a node is silent: ending its database sessions");
      await run((client) => client.query(END_SESSIONS, [other.holder]));
    }
    if (!(await this.#bury(other, this.#handlers))) return;
    const reason = verdict === "silent" ? "the node is silent" : "the node has ended";
    log?.warn({ ...database, reason }, "taking a node's rooms over");
    // It may have opened sessions since.
    await run((client) => client.query(END_SESSIONS, [other.holder]));
    this.#handlers.buried(other.epoch);
  }

  /** Resolves with false if the node has renewed its lease, or another one was faster. */
  async #bury({ epoch: dead, beat }: SeenHolder, handlers: BurialHandlers): Promise<boolean> {
    const { node, run } = this.#options;
    const heirs = JSON.stringify(handlers.heirs(dead));
    let attempts = 0;
    return run(async (client) => {
      attempts += 1;
      const { rows } = await client.query(BURY, [node, dead, beat, heirs]);
      if (rows[0]?.is_buried === true || attempts === 1) return rows[0]?.is_buried === true;
      // The answer to an earlier attempt was lost.
      return (await client.query(IS_REGISTERED, [dead])).rows.length === 0;
    });
  }
}

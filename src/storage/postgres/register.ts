// Registers this process as a node of a cluster. Decision 0058.
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { type BackoffOptions, backoffDelay } from "../../backoff.ts";
import { StorageError } from "../store.ts";
import { endOf } from "./connect.ts";
import { describeFault } from "./faults.ts";
import type { LeaseOptions } from "./lease.ts";
import { END_SESSIONS } from "./lease-queries.ts";
import { endRegistration, inUse, PATIENCE, POLL, takeLock, tryRegistration } from "./lock.ts";
import { isCurrent, migrate } from "./migrate.ts";
import { END_EPOCH, REGISTER } from "./node-queries.ts";
import { type Rival, Rivals, removeNode } from "./rivals.ts";
import { checkServer } from "./writer.ts";

const BACKOFF: BackoffOptions = { firstDelay: 200, longestDelay: 5_000 };
const SECRET_BYTES = 32;

/** A node that has registered. */
export interface Registration {
  /** The number of the registration. */
  readonly node: string;
  /** The secret of all nodes. */
  readonly secret: string;
  /** A session that shares the lock. */
  readonly client: pg.Client;
}

type Attempt =
  | { readonly kind: "registered"; readonly node: string; readonly secret: string }
  /** Another node registers. */
  | { readonly kind: "busy" }
  /** Another process is there that excludes this one. */
  | { readonly kind: "refused"; readonly error: StorageError };

/**
 * Waits until this process may serve as a node of that name, migrates the schema if it must, and registers. With a log, waits
 * also for a database that is away. Rejects with `StorageError` if a single process serves, if another node has the name, or
 * if others live that need another schema.
 */
export async function register(options: LeaseOptions, name: string): Promise<Registration> {
  const { log, target } = options;
  let isReported = false;
  for (let failures = 1; ; failures++) {
    let client: pg.Client | undefined;
    try {
      client = await options.connect();
      await checkServer(client, target);
      await takeLock(client, { own: [], hadLock: false, target, asNode: true });
      return { client, ...(await new Registering(client, options, name).untilRegistered()) };
    } catch (error) {
      if (client) endOf(client);
      if (error instanceof StorageError) throw error;
      const fault = describeFault(error, "open", target);
      if (fault.lasts || log === undefined) throw new StorageError(fault.text, { cause: error });
      if (!isReported) log.error(`${fault.text}; Verona waits for it`);
      isReported = true;
      await delay(backoffDelay(failures, BACKOFF));
    }
  }
}

/** The registration on one session. */
class Registering {
  readonly #client: pg.Client;
  readonly #options: LeaseOptions;
  readonly #name: string;
  readonly #rivals: Rivals;

  constructor(client: pg.Client, options: LeaseOptions, name: string) {
    this.#client = client;
    this.#options = options;
    this.#name = name;
    this.#rivals = new Rivals(client);
  }

  async untilRegistered(): Promise<{ node: string; secret: string }> {
    const { log, target: database } = this.#options;
    let start = performance.now();
    let hasWaited = false;
    for (;;) {
      const attempt = await this.#attempt();
      if (attempt.kind === "registered") return attempt;
      if (attempt.kind === "busy") {
        // A migration may take long, and a process that hangs has the lock until its session ends.
        if (!hasWaited)
          log?.info({ database }, "another node registers at the moment: this one waits for it");
        hasWaited = true;
        start = performance.now();
      }
      if (attempt.kind === "refused" && performance.now() - start > PATIENCE) throw attempt.error;
      await delay(POLL);
    }
  }

  /** No other node registers meanwhile, and so none begins to live with a schema that is about to change. */
  async #attempt(): Promise<Attempt> {
    if (!(await tryRegistration(this.#client))) return { kind: "busy" };
    const attempt = await this.#attemptAlone();
    await endRegistration(this.#client);
    return attempt;
  }

  async #attemptAlone(): Promise<Attempt> {
    const { id, target, lastCommit } = this.#options;
    const hasSchema = await isCurrent(this.#client, target);
    for (const rival of await this.#rivals.all()) {
      if (rival.holder === id) continue; // registered by this process, which lost the answer with its session
      const excludes = rival.name === undefined || rival.name === this.#name || !hasSchema;
      if (excludes && !(await this.#remove(rival)))
        return { kind: "refused", error: this.#refusal(rival, hasSchema) };
    }
    if (!hasSchema) await migrate(this.#client, target);
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    const { rows } = await this.#client.query(REGISTER, [this.#name, id, lastCommit, secret]);
    return { kind: "registered", node: String(rows[0]?.node), secret: String(rows[0]?.secret) };
  }

  async #remove(rival: Rival): Promise<boolean> {
    if (rival.name !== undefined) return removeNode(this.#client, rival);
    if (rival.verdict === "alive") return false;
    const { holder, beat } = rival;
    const { rows } = await this.#client.query(END_EPOCH, [holder, beat, this.#options.lastCommit]);
    if (rows.length === 0) return false;
    await this.#client.query(END_SESSIONS, [holder]);
    return true;
  }

  #refusal({ name }: Rival, hasSchema: boolean): StorageError {
    const { target } = this.#options;
    if (name === undefined) return inUse(target, "a single process");
    if (!hasSchema)
      return new StorageError(
        `the database ${target} must be changed for this version while no node runs, and the node ${name} does: stop all nodes for this upgrade`,
      );
    return new StorageError(
      `another node of the database ${target} has the name ${name}: give each node a name of its own`,
    );
  }
}

// The lease of a node: its row of `verona.node`. Decision 0058.
import type pg from "pg";
import { StorageError } from "../store.ts";
import type { LeaseRecord, Renewal } from "./lease.ts";
import { tryLockAsNode } from "./lock.ts";
import { LEAVE, RENEW_NODE } from "./node-queries.ts";

export interface NodeRecordOptions {
  /** The number of the registration. */
  readonly node: string;
  /** Identifies this process. */
  readonly id: string;
  /** Names the database to the operator. */
  readonly target: string;
}

export class NodeRecord implements LeaseRecord {
  readonly #options: NodeRecordOptions;
  #version = 0;

  constructor(options: NodeRecordOptions) {
    this.#options = options;
  }

  /** The version of nodes and slots at the latest renewal. */
  get version(): number {
    return this.#version;
  }

  tryLock(client: pg.ClientBase): Promise<boolean> {
    return tryLockAsNode(client);
  }

  async renew(client: pg.ClientBase, isLinkUp = false): Promise<Renewal | undefined> {
    const { rows } = await client.query(RENEW_NODE, [this.#options.node, this.#options.id, isLinkUp]);
    if (!rows[0]) return undefined;
    this.#version = Number(rows[0].version);
    return { hasReadyStandby: rows[0].has_ready_standby === true };
  }

  /** Ends the registration. */
  async release(client: pg.ClientBase): Promise<void> {
    await client.query(LEAVE, [this.#options.node, this.#options.id]);
  }

  explainLoss(): StorageError {
    return new StorageError(
      `this node is not registered in the database ${this.#options.target} any more: another process took it for dead; it ends, and registers anew when it is started again`,
    );
  }
}

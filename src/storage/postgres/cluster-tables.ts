// The tables of nodes and slots in a PostgreSQL database (cluster-functions.ts). Decision 0058.
import type pg from "pg";
import type { Logger } from "pino";
import { z } from "zod";
import type {
  BurialHandlers,
  ClusterNode,
  ClusterTables,
  ClusterView,
  NodeId,
  OwnedSlot,
} from "../../cluster/cluster-tables.ts";
import { StorageError } from "../store.ts";
import type { Membership } from "./join-cluster.ts";
import { sessionName } from "./lease-queries.ts";
import { CLAIM, GIVE, SET_READY, VIEW } from "./node-queries.ts";
import { NodeWatch } from "./node-watch.ts";
import { ANSWER_TIMEOUT } from "./take-lease.ts";
import { PostgresWriter } from "./writer.ts";

const viewRow = z.object({
  version: z.string().transform(Number),
  nodes: z.array(z.object({ id: z.string(), name: z.string(), isReady: z.boolean() })),
  slots: z.array(
    z.object({
      owner: z
        .string()
        .nullable()
        .transform((owner) => owner ?? undefined),
      epoch: z.number(),
    }),
  ),
});

export interface ClusterTablesOptions {
  /** The connection string. */
  readonly url: string;
  /** Names the database to the operator, without a password. */
  readonly target: string;
  /** Identifies this process. */
  readonly id: string;
  readonly log: Logger | undefined;
  readonly membership: Membership;
}

/** Uses a session of its own, so that commits do not hold up what nodes agree on. */
export class PostgresClusterTables implements ClusterTables {
  readonly #writer: PostgresWriter;
  readonly #membership: Membership;
  readonly #target: string;
  readonly #watch: NodeWatch;
  #isReady = false;

  private constructor(writer: PostgresWriter, { membership, target, log }: ClusterTablesOptions) {
    this.#writer = writer;
    this.#membership = membership;
    this.#target = target;
    const { node, lease } = membership;
    this.#watch = new NodeWatch({ node, lease, log, run: (action) => writer.run(action) });
  }

  /** Rejects with `StorageError`. */
  static async open(options: ClusterTablesOptions): Promise<PostgresClusterTables> {
    const { url, target, id, log } = options;
    const writer = await PostgresWriter.open({
      ...{ url, target, applicationName: sessionName(id), answerTimeout: ANSWER_TIMEOUT },
      // The session that commits tells of the database's faults.
      ...{ log: log?.child({}, { level: "silent" }), hasLock: true, hasSchema: true },
    });
    return new PostgresClusterTables(writer, options);
  }

  get self(): ClusterNode {
    const { node: id, name } = this.#membership;
    return { id, name, isReady: this.#isReady };
  }

  get secret(): string {
    return this.#membership.secret;
  }

  async read(): Promise<ClusterView> {
    const view = viewRow.safeParse((await this.#query(VIEW))[0]);
    if (view.success) return view.data;
    throw new StorageError(`the tables of nodes in the database ${this.#target} are damaged`);
  }

  onVersion(listener: (version: number) => void): void {
    const { lease, record } = this.#membership;
    lease.onRenewed(() => listener(record.version));
  }

  async announceReady(): Promise<void> {
    await this.#setReady(true);
  }

  async announceLeaving(): Promise<void> {
    await this.#setReady(false);
  }

  async claim(slots: readonly number[]): Promise<void> {
    await this.#query(CLAIM, this.#membership.node, slots);
  }

  async give(to: NodeId, slots: readonly OwnedSlot[], confirmed: readonly NodeId[]): Promise<boolean> {
    const [row] = await this.#query(GIVE, this.#membership.node, to, JSON.stringify(slots), confirmed);
    return row?.is_given === true;
  }

  watch(nodes: readonly NodeId[]): void {
    this.#watch.watch(nodes);
  }

  onSilence(handlers: BurialHandlers): void {
    this.#watch.handlers = handlers;
  }

  /** Ends the watch and the session. Never rejects. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#watch.close();
  }

  async #setReady(isReady: boolean): Promise<void> {
    await this.#query(SET_READY, this.#membership.node, isReady);
    this.#isReady = isReady;
  }

  #query(text: string, ...values: unknown[]): Promise<pg.QueryResult["rows"]> {
    return this.#writer.run(async (client) => (await client.query(text, values)).rows);
  }
}

// Nodes on a real PostgreSQL, for tests of what they agree on.
import { randomUUID } from "node:crypto";
import pg from "pg";
import pino, { type Logger } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import type { ClusterTables, NodeId } from "../../../src/cluster/cluster-tables.ts";
import { PostgresStore } from "../../../src/storage/postgres/store.ts";

/** A node of this process. */
export interface OpenNode {
  readonly store: PostgresStore;
  readonly tables: ClusterTables;
  readonly id: NodeId;
}

/** A node without a process. */
export interface AddedNode {
  readonly id: NodeId;
  /** Opens a session that seems to be its process's. */
  session(): Promise<pg.Client>;
}

export interface NodesOnPostgres {
  readonly server: RunningPostgres;
  readonly log: Logger;
  readonly logged: readonly string[];
  open(name: string): Promise<OpenNode>;
  close(store: PostgresStore): Promise<void>;
  /** Opens a session of somebody else. */
  connect(name?: string): Promise<pg.Client>;
  /** Registers a node without a process, which owns slots. */
  addNode(slots?: readonly number[]): Promise<AddedNode>;
  isRegistered(id: NodeId): boolean;
  /** Runs SQL as the administrator. */
  sql(text: string): string;
  /** Has a step carried out after the test. */
  after(step: () => unknown): void;
}

/** Gives each test of a file an empty database. */
export function nodesOnPostgres(): NodesOnPostgres {
  let server: RunningPostgres;
  let url: string;
  let logged: string[];
  let closed: Set<PostgresStore>;
  let steps: (() => unknown)[];
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(() => {
    logged = [];
    closed = new Set();
    steps = [];
    url = server.createDatabase();
  });
  afterEach(async () => {
    server.resume();
    for (const step of steps.reverse()) await step();
  });

  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
  const sql = (text: string): string => server.sql(text, new URL(url).pathname.slice(1));

  async function close(store: PostgresStore): Promise<void> {
    if (closed.has(store)) return;
    closed.add(store);
    await store.close();
  }

  async function connect(name?: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url, application_name: name });
    client.on("error", () => {});
    await client.connect();
    steps.push(() => client.end().catch(() => {}));
    return client;
  }

  return {
    get server() {
      return server;
    },
    get logged() {
      return logged;
    },
    log,
    close,
    connect,
    sql,
    async open(name) {
      const store = await PostgresStore.open(url, log, { cluster: { name } });
      steps.push(() => close(store));
      if (!store.cluster) throw new Error("no tables");
      return { store, tables: store.cluster, id: store.cluster.self.id };
    },
    async addNode(slots = []) {
      const holder = randomUUID();
      const id = sql(`INSERT INTO verona.node (name, holder, beat, seen, link_up, is_ready)
        VALUES ('${holder}', '${holder}', 5, now(), true, true) RETURNING id`);
      sql(`INSERT INTO verona.node_commit VALUES (${id}, 'first');
        UPDATE verona.slot SET node = ${id} WHERE number = ANY ('{${slots}}')`);
      return { id, session: () => connect(`verona ${holder}`) };
    },
    isRegistered: (id) => sql(`SELECT count(*) FROM verona.node WHERE id = ${id}`) === "1",
    after: (step) => void steps.push(step),
  };
}

/** Reads the owners by slot, of those slots that have one. */
export async function ownersOf(tables: ClusterTables): Promise<Record<number, NodeId>> {
  const { slots } = await tables.read();
  return Object.fromEntries(slots.flatMap(({ owner }, slot) => (owner === undefined ? [] : [[slot, owner]])));
}

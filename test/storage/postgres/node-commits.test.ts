// Commits of nodes that serve together, each with a chain of its own (docs/decisions/0058).
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import type { JournalEntry, RoomRecord } from "../../../src/muc/model/journal.ts";
import { COMMITS_LOST, NODE_BURIED } from "../../../src/storage/postgres/functions.ts";
import { writeEntries } from "../../../src/storage/postgres/journal.ts";
import { migrate } from "../../../src/storage/postgres/migrate.ts";
import { COMMIT_AS_NODE } from "../../../src/storage/postgres/queries.ts";
import { Random } from "../../crash/random.ts";
import { archived, message, room } from "../records.ts";

let server: RunningPostgres;
let url: string;
let clients: pg.Client[];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  url = server.createDatabase();
  clients = [];
  await migrate(await connect(), "the database");
});
afterEach(async () => {
  for (const client of clients) await client.end();
});

const sql = (text: string): string => server.sql(text, new URL(url).pathname.slice(1));

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  clients.push(client);
  return client;
}

/** A registered node with a session. */
class Node {
  readonly client: pg.Client;
  readonly id: string;
  last: string;

  private constructor(client: pg.Client, id: string, last: string) {
    this.client = client;
    this.id = id;
    this.last = last;
  }

  static async register(name: string): Promise<Node> {
    const client = await connect();
    const first = randomUUID();
    const { rows } = await client.query("SELECT node FROM verona.register_node($1, $2, $3, 'secret')", [
      ...[name, randomUUID(), first],
    ]);
    return new Node(client, rows[0].node, first);
  }

  async commit(entries: readonly JournalEntry[], previous = this.last, id: string = randomUUID()) {
    await this.client.query(COMMIT_AS_NODE, [this.id, previous, id, ...writeEntries(entries)]);
    this.last = id;
  }
}

const stored = (node: string, more: Partial<RoomRecord> = {}): JournalEntry => ({
  kind: "room-stored",
  room: { ...room, node, ...more },
});

const codeOf = (attempt: Promise<void>): Promise<unknown> =>
  attempt.then(
    () => undefined,
    (error: pg.DatabaseError) => error.code,
  );

describe("a node's commit", () => {
  it("follows the node's last commit, whatever other nodes commit", async () => {
    const [one, two] = [await Node.register("one"), await Node.register("two")];
    await one.commit([stored("coven")]);
    await two.commit([stored("heath")]);
    await one.commit([archived("coven", message(1))]);
    expect(sql("SELECT node FROM verona.room ORDER BY node")).toBe("coven\nheath");
    expect(sql("SELECT stanza_id FROM verona.message")).toBe("s1");
  });

  it("is applied once if it is repeated", async () => {
    const node = await Node.register("one");
    await node.commit([stored("coven")]);
    const { last } = node;
    await node.commit([archived("coven", message(1))], last, "second");
    await node.commit([archived("coven", message(1))], last, "second");
    expect(sql("SELECT count(*) FROM verona.message")).toBe("1");
  });

  it("is refused after another commit than the last one", async () => {
    const node = await Node.register("one");
    const first = node.last;
    await node.commit([stored("coven")]);
    expect(await codeOf(node.commit([stored("heath")], first))).toBe(COMMITS_LOST);
    expect(sql("SELECT count(*) FROM verona.room")).toBe("1");
  });

  it("is refused when the node is not registered any more", async () => {
    const node = await Node.register("one");
    sql(`DELETE FROM verona.node WHERE id = ${node.id}`);
    expect(await codeOf(node.commit([stored("coven")]))).toBe(NODE_BURIED);
  });

  it("is under way while the node's lease is renewed, which does not wait for it", async () => {
    const node = await Node.register("one");
    await node.client.query("BEGIN");
    await node.commit([stored("coven")]);
    const other = await connect();
    await other.query("SET lock_timeout = 1000");
    await other.query("UPDATE verona.node SET beat = beat + 1");
    await node.client.query("COMMIT");
  });

  it("of a room that changes counters waits for that of another node; one of messages does not", async () => {
    const [one, two] = [await Node.register("one"), await Node.register("two")];
    await two.commit([stored("heath")]);
    await one.client.query("BEGIN");
    await one.commit([stored("coven")]);
    await two.client.query("SET lock_timeout = 200");
    await two.commit([archived("heath", message(1))]);
    const { last } = two;
    for (const entry of [
      stored("forest"),
      { kind: "room-removed", node: "heath" },
      { kind: "config-changed", node: "heath", config: { ...room.config, public: true }, locked: false },
      { kind: "note-changed", node: "heath", name: "creator", text: "hag66@example.org" },
    ] satisfies JournalEntry[])
      expect(await codeOf(two.commit([entry], last)), entry.kind).toBe("55P03");
    await one.client.query("COMMIT");
  });
});

describe("commits of two nodes at the same time", () => {
  it("do not wait in a circle, and count rooms correctly", async () => {
    const creators = ["a.example", "b.example", "c.example"];
    const listed = { ...room.config, public: true };
    const hidden = { ...room.config, public: false };

    async function work(node: Node, seed: number): Promise<void> {
      const random = new Random(seed);
      const kept = new Set<string>();
      let said = 0;
      for (let round = 0; round < 120; round++) {
        const entries: JournalEntry[] = [];
        for (let number = 0; number < 12; number++) {
          // The rooms of both nodes lie in all sections of the list.
          const name = `${random.below(1_500)}-${node.id}`;
          if (!kept.has(name)) {
            const notes = new Map([["creator", `user@${random.of(creators)}`]]);
            entries.push(stored(name, { notes, config: random.chance(0.9) ? listed : hidden }));
            kept.add(name);
          } else if (random.chance(0.3)) {
            entries.push({ kind: "room-removed", node: name });
            kept.delete(name);
          } else if (random.chance(0.5)) {
            const config = random.chance(0.5) ? listed : hidden;
            entries.push({ kind: "config-changed", node: name, config, locked: false });
          } else {
            said += 1;
            entries.push(archived(name, message(said)));
          }
        }
        await node.commit(entries);
      }
    }

    const nodes = [await Node.register("one"), await Node.register("two")] as const;
    await Promise.all([work(nodes[0], 1), work(nodes[1], 2)]);
    expect(sql("SELECT rooms FROM verona.room_count WHERE domain = ''")).toBe(
      sql("SELECT count(*) FROM verona.room"),
    );
    expect(sql("SELECT domain, rooms FROM verona.room_count WHERE domain <> '' ORDER BY 1")).toBe(
      sql(`SELECT substr(text, strpos(text, '@') + 1), count(*) FROM verona.note WHERE name = 'creator'
        GROUP BY 1 ORDER BY 1`),
    );
    expect(Number(sql("SELECT count(*) FROM verona.room_section"))).toBeGreaterThan(1);
    expect(sql("SELECT first_node, rooms FROM verona.room_section ORDER BY 1")).toBe(
      sql(`SELECT first_node, (SELECT count(*) FROM verona.room WHERE NOT locked AND config @> '{"public": true}'
          AND first_node = (SELECT max(first_node) FROM verona.room_section AS s WHERE s.first_node <= room.node))
        FROM verona.room_section ORDER BY 1`),
    );
  });
});

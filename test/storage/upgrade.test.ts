// Databases with the earlier names of tables and columns keep their data.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import type { ArchiveQuery } from "../../src/muc/model/archive-query.ts";
import { openStore } from "../../src/storage/open-store.ts";
import { migrate } from "../../src/storage/postgres/migrate.ts";
import { MIGRATIONS } from "../../src/storage/postgres/migrations.ts";
import * as sqlite from "../../src/storage/sqlite/migrations.ts";
import type { Store } from "../../src/storage/store.ts";
import { archived, message, room, whisper } from "./records.ts";

/** Number of migrations that the databases have had. */
const BEFORE = { sqlite: 5, postgres: 4 };

const config = JSON.stringify(room.config);
const MESSAGE = "room, kind, stanza_id, at, nick, jid, author, affiliation, role, id, payload";
const said = (number: number): string => {
  const { kind, stanzaId, at, nick, jid, author, affiliation, role, id, payload } = message(number);
  const values = [kind, stanzaId, at, nick, jid, author, affiliation, role, id, payload];
  return `1, ${values.map((value) => `'${value}'`).join(", ")}`;
};

/** Inserts a room with a client, two messages and a private message; `schema` is the prefix of tables. */
const filled = (schema: string, text: (words: string) => string): string => `
  INSERT INTO ${schema}room (node, config, locked, subject)
    VALUES ('coven', '${config}', ${schema === "" ? 0 : false}, '${JSON.stringify(room.subject)}');
  INSERT INTO ${schema}affiliation VALUES (1, 'crone1@example.org', 'owner', NULL, 'firstwitch');
  INSERT INTO ${schema}note VALUES (1, 'occupant-id', 'key');
  INSERT INTO ${schema}session (room, jid, nick, role, payload, language)
    VALUES (1, 'crone1@example.org/desktop', 'firstwitch', 'moderator', '<show>away</show>', 'la');
  INSERT INTO ${schema}moved_room VALUES ('gone', 'x@y.example', NULL, NULL, 7);
  ${text(`INSERT INTO ${schema}message (${MESSAGE}, text`)}`;

const ALL: ArchiveQuery = { afterIds: [], beforeIds: [], max: 100, fromEnd: false };

async function expectKept(store: Store): Promise<void> {
  expect(await store.loadRoom("coven")).toEqual(room);
  expect([await store.countRooms(), await store.countListed()]).toEqual([1, 1]);
  expect((await store.findRooms(["cov"], 9))?.map(({ node }) => node)).toEqual(["coven"]);
  const destroyed = { node: "gone", venue: "x@y.example", reason: undefined, members: undefined, until: 7 };
  expect(await store.loadDestroyedRooms()).toEqual([destroyed]);
  const [first, second, secret] = [message(1), message(2), whisper(3)];
  const ids = async (query: Partial<ArchiveQuery>) =>
    (await store.readArchive("coven", { ...ALL, ...query }))?.messages.map(({ stanzaId }) => stanzaId);
  expect((await store.readArchive("coven", { ...ALL, extras: "all" }))?.messages).toEqual([
    first,
    second,
    secret,
  ]);
  expect(await ids({ words: "number 2" })).toEqual(["s2"]);
  expect(await store.countMessages()).toBe(3);
  // Positions, counters and the word index still work.
  await store.commit([archived("coven", message(4)), archived("coven", whisper(5))]);
  await store.commit([{ kind: "message-retracted", node: "coven", stanzaId: "s2", payload: "" }]);
  expect(await ids({ extras: "all" })).toEqual(["s1", "s2", "s3", "s4", "s5"]);
  expect(await ids({ words: "number" })).toEqual(["s1", "s4"]);
  expect(await store.countMessages()).toBe(5);
  const limits = { now: 0, days: 0, messages: 1 };
  expect(
    await store.removeMessages(limits, { after: 0, archives: 10, messages: 10, milliseconds: 1_000 }),
  ).toMatchObject({
    removed: 3,
  });
}

const folder = mkdtempSync(join(tmpdir(), "verona-upgrade-"));
let server: RunningPostgres;
let store: Store | undefined;
beforeAll(async () => {
  server = await startPostgres();
});
afterEach(async () => {
  await store?.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  return server?.stop();
});

const aside = (schema: string, columns: string): string =>
  `INSERT INTO ${schema}aside (${columns}${MESSAGE}, to_nick, to_jid, type)`;
const secret = `'hecate', 'hecate@example.org', 'chat'`;
const asPrivate = said(3).replace("discussion", "private");

it("in SQLite", async () => {
  const path = join(folder, "rooms.sqlite");
  {
    using database = new DatabaseSync(path);
    database.exec(`PRAGMA application_id = ${0x5665726f}; PRAGMA journal_mode = WAL`);
    sqlite.migrate(database, path, sqlite.MIGRATIONS.slice(0, BEFORE.sqlite));
    database.exec(
      filled("", (insert) =>
        [1, 2].map((n) => `${insert}, run) VALUES (${said(n)}, 'number ${n}', 1);`).join(""),
      ),
    );
    database.exec("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'message'");
    database.exec(`${aside("", "place, ")} VALUES (3, ${asPrivate}, ${secret})`);
  }
  store = await openStore({ kind: "sqlite", path });
  await expectKept(store);
});

it("in PostgreSQL", async () => {
  const url = server.createDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const functions = "CREATE FUNCTION verona.commit_entries() RETURNS int LANGUAGE sql AS 'SELECT 1'";
  await migrate(client, url, MIGRATIONS.slice(0, BEFORE.postgres), functions);
  await client.query("ALTER TABLE verona.schema_version RENAME TO layout");
  await client.query(
    filled("verona.", (insert) =>
      [1, 2]
        .map(
          (n) => `${insert}, words) VALUES (${said(n)}, 'number ${n}', array_to_tsvector('{number,${n}}'));`,
        )
        .join(""),
    ),
  );
  await client.query(`${aside("verona.", "")} VALUES (${asPrivate}, ${secret})`);
  await client.query("INSERT INTO verona.archive VALUES (1, 2, 1)");
  await client.end();
  store = await openStore({ kind: "postgres", url });
  await expectKept(store);
});

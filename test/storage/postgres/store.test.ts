import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import { openStore } from "../../../src/storage/open-store.ts";
import { QUERIES } from "../../../src/storage/postgres/queries.ts";
import { eventually } from "../../support/eventually.ts";
import { describeDamage } from "../damaged-rows.ts";
import { archived, message, room } from "../records.ts";
import { describeStore } from "../store-suite.ts";

let server: RunningPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

let shared: string | undefined;
describeStore("PostgreSQL", () => {
  shared ??= server.createDatabase();
  server.sql("DROP SCHEMA IF EXISTS verona CASCADE", new URL(shared).pathname.slice(1));
  return openStore({ kind: "postgres", url: shared });
});

it("keeps words of a very long text that can be written out and read in again, as pg_dump and psql do", async () => {
  const url = server.createDatabase();
  const store = await openStore({ kind: "postgres", url });
  const text = Array.from({ length: 60_000 }, (_, index) => `${"일".repeat(9)}${index}`).join(" ");
  await store.commit([{ kind: "room-stored", room }, archived("coven", message(1, { text }))]);
  await store.close();
  const name = new URL(url).pathname.slice(1);
  const count = "SELECT length(search_terms::text::tsvector) = length(search_terms) FROM verona.message";
  expect(server.sql(count, name)).toContain("t");
});

it("changes of blocklists are committed in the order of their versions, so that readers miss none", async () => {
  const url = server.createDatabase();
  const store = await openStore({ kind: "postgres", url });
  const other = new pg.Client(url);
  await other.connect();
  try {
    await other.query("BEGIN");
    await other.query(QUERIES.changeBlocklist, ["a", ["1"], [false]]);
    const second = store.changeBlocklist("a", ["2"], []);
    const waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    await eventually(async () => expect((await other.query(waiting)).rowCount).toBe(1));
    await other.query("COMMIT");
    await second;
    expect((await store.readBlocklist("a", 0, 10)).map(({ hash }) => hash)).toEqual(["1", "2"]);
  } finally {
    await other.end();
    await store.close();
  }
});

describeDamage("PostgreSQL", () => {
  shared ??= server.createDatabase();
  const url = shared;
  const database = new URL(url).pathname.slice(1);
  server.sql("DROP SCHEMA IF EXISTS verona CASCADE", database);
  return {
    open: (onDamage) => openStore({ kind: "postgres", url }, undefined, onDamage),
    damage: (sql) => server.sql(`${WITHOUT_CHECKS}; ${sql}`, database),
    table: (table) => `verona.${table}`,
    checksJson: true,
  };
});

const WITHOUT_CHECKS = `DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT conname, conrelid::regclass AS name FROM pg_constraint
    WHERE contype = 'c' AND connamespace = 'verona'::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.name, found.conname);
  END LOOP;
END $$`;

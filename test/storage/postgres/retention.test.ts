// Retention in PostgreSQL neither delays concurrent commits nor waits for them.
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import { PostgresStore } from "../../../src/storage/postgres/store.ts";
import { StorageError } from "../../../src/storage/store.ts";
import { eventually } from "../../support/eventually.ts";
import { archived, message, room } from "../records.ts";

const LIMITS = { now: 0, days: 0, messages: 1 };
const WORK = { after: 0, archives: 10, messages: 10, milliseconds: 1_000 };

let server: RunningPostgres;
let store: PostgresStore;
let other: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  const url = server.createDatabase();
  store = await PostgresStore.open(url);
  await store.commit([
    { kind: "room-stored", room },
    ...[1, 2, 3].map((number) => archived("coven", message(number))),
  ]);
  other = new pg.Client({ connectionString: url });
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await store.close();
});

const countLeft = async (): Promise<unknown> =>
  (
    await other.query(
      "SELECT count(*)::int AS n, (SELECT messages::int FROM verona.archive_size) FROM verona.message",
    )
  ).rows[0];

describe("XEP-0313 3.2 retention in PostgreSQL", () => {
  it.each([
    "SELECT FROM verona.archive_size FOR UPDATE",
    "SELECT FROM verona.message WHERE stanza_id IN ('s1', 's2') FOR UPDATE",
  ])("passes over what is being changed: %s", async (change) => {
    await other.query("BEGIN");
    await other.query(change);
    expect(await store.removeMessages(LIMITS, WORK)).toEqual({ removed: 0, after: undefined });
    await other.query("COMMIT");
    expect(await store.removeMessages(LIMITS, WORK)).toEqual({ removed: 2, after: undefined });
    expect(await countLeft()).toEqual({ n: 1, messages: 1 });
  });

  it("does not keep a commit waiting, whatever it waits for itself", async () => {
    await other.query("BEGIN");
    await other.query("ALTER TABLE verona.archive_size ADD COLUMN more int");
    const step = store.removeMessages(LIMITS, WORK);
    await store.commit([{ kind: "subject-changed", node: "coven", subject: undefined }]);
    await other.query("COMMIT");
    expect(await step).toMatchObject({ removed: 2 });
  });

  it("fails where the database is away, and is not repeated", async () => {
    await other.query("BEGIN");
    await other.query("LOCK TABLE verona.archive_size");
    const step = store.removeMessages(LIMITS, WORK);
    const refused = expect(step).rejects.toThrow(StorageError);
    const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    await eventually(() => expect(server.sql(end)).toContain("t"));
    await refused;
    await other.query("COMMIT");
    expect(await countLeft()).toEqual({ n: 3, messages: 3 });
  });
});

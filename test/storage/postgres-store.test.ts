import { afterAll, beforeAll } from "vitest";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { openStore } from "../../src/storage/open-store.ts";
import { describeStore } from "./store-suite.ts";

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

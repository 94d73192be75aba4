// The commands with PostgreSQL as the store.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";
import { messageContent } from "../../src/transfer/export.ts";
import { message } from "../storage/records.ts";
import { verona } from "./verona.ts";

const LINES = [
  { veronaExport: 2, domain: "conference.localhost" },
  {
    room: {
      node: "coven",
      config: { ...DEFAULT_ROOM_CONFIG, persistent: true },
      affiliations: [],
      notes: {},
    },
  },
  { message: messageContent(message(1)) },
  { end: { rooms: 1, messages: 1 } },
];

let folder: string;
let file: string;
let postgres: RunningPostgres;
let storage: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "verona-transfer-"));
  file = join(folder, "rooms.jsonl");
  writeFileSync(file, LINES.map((line) => `${JSON.stringify(line)}\n`).join(""));
  postgres = await startPostgres();
  storage = postgres.createDatabase();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await postgres.stop();
});

const schemas = (): string =>
  postgres.sql(
    "SELECT count(*) FROM pg_namespace WHERE nspname = 'verona'",
    new URL(storage).pathname.slice(1),
  );

test("a dry run and an export make nothing in a database that has no rooms", async () => {
  const dry = await verona(storage, "import", file, "--dry-run");
  expect(dry).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^would import: 1 rooms, 1 messages, into postgres:\/\/[^:]+@127.0.0.1:\d+\/\w+\n$/,
    ),
  });
  expect(await verona(storage, "export", "--all")).toMatchObject({
    code: 1,
    stderr: "verona: the database has no rooms of Verona\n",
  });
  expect(schemas()).toBe("0");
});

test("what was imported is exported again, and a dry run sees what is there", async () => {
  expect(await verona(storage, "import", file)).toMatchObject({ code: 0 });
  const { stdout } = await verona(storage, "export", "coven");
  expect(stdout).toBe(readFileSync(file, "utf8"));
  const dry = await verona(storage, "import", file, "--dry-run");
  expect(dry.stderr).toContain("these rooms already exist: coven");
});

test("a backup is for the database's own tool", async () => {
  const { code, stderr } = await verona(storage, "backup", join(folder, "copy"));
  expect({ code, stderr }).toEqual({ code: 1, stderr: "verona: use pg_dump to back up PostgreSQL\n" });
});

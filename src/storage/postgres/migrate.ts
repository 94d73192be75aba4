// The schema "verona" of a PostgreSQL database: its tables, step by step, and its functions, which have no steps.
import { createHash } from "node:crypto";
import type { ClientBase, QueryConfig } from "pg";
import { storedRoomTerms } from "../rows.ts";
import { StorageError } from "../store.ts";
import { CLUSTER_FUNCTIONS } from "./cluster-functions.ts";
import { COMMIT_FUNCTIONS } from "./functions.ts";
import { MIGRATIONS } from "./migrations.ts";
import { RETENTION_FUNCTION } from "./retention.ts";
import { ROOM_COUNTERS } from "./room-counters.ts";

/** Longest delay of a timer, in milliseconds: 24 days. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Migrations that go on in the program, by number. */
const CONTINUATIONS: ReadonlyMap<number, (client: ClientBase) => Promise<void>> = new Map([[7, fillTerms]]);

/** The number of the last migration that this version of the program has. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The functions and triggers of this version of the program. They hold no data, and are replaced as a whole. */
const FUNCTIONS = COMMIT_FUNCTIONS + RETENTION_FUNCTION + ROOM_COUNTERS + CLUSTER_FUNCTIONS;

/**
 * Runs the migrations that the database has not had, each in a transaction with its number, and replaces the functions
 * if they are not those of this version. Throws `StorageError` if the schema is of a newer version or of another
 * program, and the database's error if a migration fails; that migration is undone.
 */
export async function migrate(
  client: ClientBase,
  target: string,
  migrations = MIGRATIONS,
  functions = FUNCTIONS,
): Promise<void> {
  const version = await knownVersionOf(client, target, migrations.length);
  if (version > 0) await client.query("ALTER TABLE IF EXISTS verona.layout RENAME TO schema_version");
  for (const [index, migration] of migrations.slice(version).entries()) {
    const number = version + index + 1;
    await transact(client, async () => {
      if (number === 1) await client.query(VERSION_TABLE);
      await client.query(withoutTimeout(migration));
      if (migrations === MIGRATIONS) await CONTINUATIONS.get(number)?.(client);
      await client.query("INSERT INTO verona.schema_version (version) VALUES ($1)", [number]);
    });
  }
  await replaceFunctions(client, functions);
}

async function knownVersionOf(client: ClientBase, target: string, newest: number): Promise<number> {
  const version = await schemaVersionOf(client, target);
  if (version <= newest) return version;
  throw new StorageError(
    `${target} was written by a newer version (schema version ${version}, this version knows ${newest}): upgrade Verona or use another database`,
  );
}

/** Tells whether tables and functions are those of this version of the program. Throws as `migrate`. */
export async function isCurrent(client: ClientBase, target: string): Promise<boolean> {
  if ((await knownVersionOf(client, target, SCHEMA_VERSION)) < SCHEMA_VERSION) return false;
  return hasFunctions(client, commentOn(FUNCTIONS));
}

/** The comment on `commit_entries` says which functions the database has. */
const commentOn = (functions: string): string =>
  `SHA-256 of all functions: ${createHash("sha256").update(functions).digest("hex")}`;

async function hasFunctions(client: ClientBase, comment: string): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT obj_description(to_regproc('verona.commit_entries'), 'pg_proc') AS comment",
  );
  return rows[0]?.comment === comment;
}

async function replaceFunctions(client: ClientBase, functions: string): Promise<void> {
  const comment = commentOn(functions);
  if (await hasFunctions(client, comment)) return;
  await transact(client, async () => {
    await client.query(DROP_FUNCTIONS);
    await client.query(functions);
    await client.query(`COMMENT ON FUNCTION verona.commit_entries IS '${comment}'`);
  });
}

const DROP_FUNCTIONS = `DO $$ DECLARE found regprocedure; BEGIN
    FOR found IN SELECT oid FROM pg_proc WHERE pronamespace = 'verona'::regnamespace LOOP
      EXECUTE 'DROP FUNCTION ' || found || ' CASCADE';
    END LOOP;
  END $$`;

async function fillTerms(client: ClientBase): Promise<void> {
  for (let after = "0"; ; ) {
    const { rows } = await client.query(
      `SELECT id::text, node, config::text FROM verona.room
        WHERE id > $1 AND NOT locked AND config @> '{"public": true}' ORDER BY id LIMIT 1000`,
      [after],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    const terms = rows.map(({ node, config }) => storedRoomTerms(String(node), config).join(" "));
    await client.query(
      `UPDATE verona.room SET search_terms = array_to_tsvector(string_to_array(terms, ' '))
        FROM unnest($1::bigint[], $2::text[]) AS filled (number, terms) WHERE id = number`,
      [rows.map(({ id }) => id), terms],
    );
    after = String(last.id);
  }
}

async function transact(client: ClientBase, action: () => Promise<void>): Promise<void> {
  await client.query("BEGIN");
  try {
    await action();
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** A migration may take long. The types of pg do not know `query_timeout`. */
function withoutTimeout(text: string): QueryConfig {
  const query = { text, query_timeout: LONGEST_TIMEOUT };
  return query;
}

/** Accepts an existing empty schema, which the administrator may have created. */
const VERSION_TABLE = `DO $$ BEGIN
    IF to_regnamespace('verona') IS NULL THEN CREATE SCHEMA verona; END IF;
  END $$;
  CREATE TABLE verona.schema_version (version integer PRIMARY KEY, since timestamptz NOT NULL DEFAULT now());
  COMMENT ON TABLE verona.schema_version IS 'Verona, a Multi-User Chat service'`;

/**
 * Reads the number of the last migration that the database has had, 0 if it has no schema. Throws `StorageError` if the
 * schema belongs to another program.
 */
export async function schemaVersionOf(client: ClientBase, target: string): Promise<number> {
  const found = await client.query(
    `SELECT table_name, obj_description(table_name) LIKE 'Verona, %' AS is_ours,
        (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('verona')) AS tables
      FROM coalesce(to_regclass('verona.schema_version'), to_regclass('verona.layout')) AS table_name`,
  );
  const { table_name: table, tables, is_ours: isOurs } = found.rows[0] ?? {};
  if (Number(tables) === 0) return 0;
  if (isOurs !== true)
    throw new StorageError(
      `${target} has a schema "verona" that belongs to another program; use another database`,
    );
  const { rows } = await client.query(`SELECT coalesce(max(version), 0) AS version FROM ${table}`);
  return Number(rows[0]?.version);
}

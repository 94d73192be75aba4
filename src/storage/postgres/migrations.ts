// The schema "verona" of a PostgreSQL database: its tables, step by step, and its functions, which have no steps.
import { createHash } from "node:crypto";
import type { ClientBase, QueryConfig } from "pg";
import { storedRoomTerms } from "../rows.ts";
import { StorageError } from "../store.ts";
import { CLUSTER_FUNCTIONS } from "./cluster-functions.ts";
import { COMMIT_FUNCTIONS } from "./functions.ts";
import { RETENTION_FUNCTION } from "./retention.ts";
import { ROOM_COUNTERS } from "./room-counters.ts";

/** Longest delay of a timer, in milliseconds: 24 days. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/**
 * The migrations of the tables; a migration's number is its place in the list, from 1. A released migration never
 * changes. Columns that are compared or sorted have the collation "C", independent of the database's collation.
 */
export const MIGRATIONS: readonly string[] = [
  // A room's number is never used again, so that a new room has nothing of the archive of an old one.
  `CREATE TABLE verona.room (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     node text COLLATE "C" NOT NULL UNIQUE,
     config jsonb NOT NULL,
     locked boolean NOT NULL,
     subject jsonb
   );
   CREATE INDEX room_listed ON verona.room (node) WHERE NOT locked AND config @> '{"public": true}';
   CREATE TABLE verona.affiliation (
     room bigint NOT NULL REFERENCES verona.room ON DELETE CASCADE,
     jid text COLLATE "C" NOT NULL,
     affiliation text NOT NULL CHECK (affiliation IN ('outcast', 'member', 'admin', 'owner')),
     reason text,
     nick text,
     PRIMARY KEY (room, jid)
   );
   CREATE TABLE verona.note (
     room bigint NOT NULL REFERENCES verona.room ON DELETE CASCADE,
     name text COLLATE "C" NOT NULL,
     text text NOT NULL,
     PRIMARY KEY (room, name)
   );
   CREATE TABLE verona.moved_room (
     node text COLLATE "C" PRIMARY KEY,
     venue text NOT NULL,
     reason text,
     members text,
     until bigint NOT NULL
   );
   CREATE TABLE verona.session (
     place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     room bigint NOT NULL REFERENCES verona.room ON DELETE CASCADE,
     jid text COLLATE "C" NOT NULL,
     nick text COLLATE "C" NOT NULL,
     role text NOT NULL CHECK (role IN ('visitor', 'participant', 'moderator')),
     payload text NOT NULL,
     UNIQUE (room, jid)
   );
   CREATE TABLE verona.message (
     place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     room bigint NOT NULL,
     kind text NOT NULL CHECK (kind IN ('discussion', 'subject', 'other')),
     stanza_id text COLLATE "C" NOT NULL,
     at bigint NOT NULL,
     nick text COLLATE "C" NOT NULL,
     jid text COLLATE "C" NOT NULL,
     author text COLLATE "C" NOT NULL,
     affiliation text NOT NULL,
     role text NOT NULL,
     id text COLLATE "C" NOT NULL,
     language text,
     corrects text COLLATE "C",
     payload text NOT NULL,
     text text,
     words tsvector,
     UNIQUE (room, stanza_id)
   );
   CREATE INDEX message_of_room ON verona.message (room, place);
   CREATE INDEX discussion ON verona.message (room, place) WHERE kind = 'discussion';
   CREATE INDEX message_time ON verona.message (room, at);
   CREATE INDEX message_nick ON verona.message (room, nick, place);
   CREATE INDEX message_user ON verona.message (room, split_part(jid, '/', 1), place);
   CREATE INDEX message_author ON verona.message (room, author);
   CREATE INDEX message_words ON verona.message USING gin (words) WHERE words IS NOT NULL;
   -- What was not said to all; its places are numbered together with those of messages.
   CREATE TABLE verona.aside (
     place bigint PRIMARY KEY DEFAULT nextval(pg_get_serial_sequence('verona.message', 'place')),
     room bigint NOT NULL,
     kind text NOT NULL CHECK (kind IN ('private', 'arrival', 'departure')),
     stanza_id text COLLATE "C" NOT NULL,
     at bigint NOT NULL,
     nick text COLLATE "C" NOT NULL,
     jid text COLLATE "C" NOT NULL,
     author text COLLATE "C" NOT NULL,
     affiliation text NOT NULL,
     role text NOT NULL,
     id text COLLATE "C" NOT NULL,
     language text,
     corrects text COLLATE "C",
     payload text NOT NULL,
     to_nick text COLLATE "C",
     to_jid text COLLATE "C",
     type text,
     UNIQUE (room, stanza_id)
   );
   CREATE INDEX aside_of_room ON verona.aside (room, place);
   CREATE INDEX aside_time ON verona.aside (room, at);
   CREATE INDEX presence ON verona.aside (room, place) WHERE kind <> 'private';
   CREATE INDEX private_from ON verona.aside (room, split_part(jid, '/', 1), place) WHERE kind = 'private';
   CREATE INDEX private_to ON verona.aside (room, to_jid, place) WHERE kind = 'private';
   -- How many messages and asides a room has, or had before it was removed.
   CREATE TABLE verona.archive (
     room bigint PRIMARY KEY,
     messages bigint NOT NULL DEFAULT 0,
     asides bigint NOT NULL DEFAULT 0
   );
   CREATE TABLE verona.last_commit (id text NOT NULL);
   INSERT INTO verona.last_commit VALUES ('none');`,
  // Presence had no limit before; nobody may say so much any more (muc/presence/presence-payload.ts).
  "UPDATE verona.session SET payload = '' WHERE octet_length(payload) > 16384",
  // The language of presence (xml:lang).
  "ALTER TABLE verona.session ADD COLUMN language text",
  // A message's versions are found by its author and id, and by the id that they correct.
  `DROP INDEX verona.message_author;
   CREATE INDEX message_author ON verona.message (room, author, id, place);
   CREATE INDEX correction ON verona.message (room, author, corrects, place) WHERE corrects IS NOT NULL;`,
  // Names in the terms of the specifications.
  `ALTER TABLE verona.moved_room RENAME TO destroyed_room;
   ALTER TABLE verona.destroyed_room RENAME COLUMN until TO reserved_until;
   ALTER TABLE verona.session RENAME COLUMN place TO position;
   ALTER TABLE verona.archive RENAME TO archive_size;
   ALTER TABLE verona.archive_size RENAME COLUMN asides TO extras;
   ALTER TABLE verona.message RENAME COLUMN place TO position;
   ALTER TABLE verona.message RENAME COLUMN author TO occupant_id;
   ALTER TABLE verona.message RENAME COLUMN text TO search_text;
   ALTER TABLE verona.message RENAME COLUMN words TO search_terms;
   ALTER TABLE verona.aside RENAME TO archive_extra;
   ALTER TABLE verona.archive_extra RENAME COLUMN place TO position;
   ALTER TABLE verona.archive_extra RENAME COLUMN author TO occupant_id;
   ALTER TABLE verona.archive_extra RENAME COLUMN type TO message_type;
   ALTER TABLE verona.archive_extra ALTER COLUMN position
     SET DEFAULT nextval(pg_get_serial_sequence('verona.message', 'position'));
   ALTER SEQUENCE verona.session_place_seq RENAME TO session_position_seq;
   ALTER SEQUENCE verona.message_place_seq RENAME TO message_position_seq;
   ALTER INDEX verona.moved_room_pkey RENAME TO destroyed_room_pkey;
   ALTER INDEX verona.archive_pkey RENAME TO archive_size_pkey;
   ALTER INDEX verona.aside_pkey RENAME TO archive_extra_pkey;
   ALTER INDEX verona.aside_room_stanza_id_key RENAME TO archive_extra_room_stanza_id_key;
   ALTER TABLE verona.archive_extra RENAME CONSTRAINT aside_kind_check TO archive_extra_kind_check;
   ALTER INDEX verona.room_listed RENAME TO room_public;
   ALTER INDEX verona.message_of_room RENAME TO message_position;
   ALTER INDEX verona.discussion RENAME TO message_discussion;
   ALTER INDEX verona.message_author RENAME TO message_occupant;
   ALTER INDEX verona.correction RENAME TO message_correction;
   ALTER INDEX verona.message_words RENAME TO message_search;
   ALTER INDEX verona.aside_of_room RENAME TO archive_extra_position;
   ALTER INDEX verona.aside_time RENAME TO archive_extra_time;
   ALTER INDEX verona.presence RENAME TO archive_extra_presence;
   ALTER INDEX verona.private_from RENAME TO private_sender;
   ALTER INDEX verona.private_to RENAME TO private_recipient;`,
  // The list of rooms is read in pages, and counted without reading it (room-counters.ts).
  `CREATE TABLE verona.room_section (first_node text COLLATE "C" PRIMARY KEY, rooms bigint NOT NULL);
   INSERT INTO verona.room_section (first_node, rooms) VALUES ('', 0);
   INSERT INTO verona.room_section (first_node, rooms) SELECT CASE section WHEN 0 THEN '' ELSE min(node) END, count(*)
     FROM (SELECT node, (row_number() OVER (ORDER BY node) - 1) / 500 AS section FROM verona.room
       WHERE NOT locked AND config @> '{"public": true}') AS listed GROUP BY section
     ON CONFLICT (first_node) DO UPDATE SET rooms = excluded.rooms;
   CREATE TABLE verona.room_count (domain text COLLATE "C" PRIMARY KEY, rooms bigint NOT NULL);
   INSERT INTO verona.room_count (domain, rooms) SELECT '', count(*) FROM verona.room;
   INSERT INTO verona.room_count (domain, rooms) SELECT domain, count(*)
     FROM (SELECT substr(text, strpos(text, '@') + 1) AS domain FROM verona.note WHERE name = 'creator') AS creator
     WHERE domain <> '' GROUP BY domain;`,
  // Public rooms are found by their terms (room-terms.ts), which commits write.
  `ALTER TABLE verona.room ADD COLUMN search_terms tsvector;
   CREATE INDEX room_search ON verona.room USING gin (search_terms) WHERE search_terms IS NOT NULL;`,
  // Two indexes fewer for each message: one by position finds the discussion too, and one by user the versions of a message.
  `CREATE INDEX message_position_kind ON verona.message (room, position, kind);
   DROP INDEX verona.message_position, verona.message_discussion;
   ALTER INDEX verona.message_position_kind RENAME TO message_position;
   CREATE INDEX message_user_id ON verona.message (room, split_part(jid, '/', 1), position, id);
   CREATE INDEX message_anonymous ON verona.message (room, occupant_id, id, position) WHERE jid = '';
   DROP INDEX verona.message_user, verona.message_occupant;
   ALTER INDEX verona.message_user_id RENAME TO message_user;`,
  // The positions of messages of a time are in the index.
  `DROP INDEX verona.message_time;
   CREATE INDEX message_time ON verona.message (room, at) INCLUDE (position);`,
  // The lease of the process that serves, and the processes that wait (lease.ts).
  `CREATE TABLE verona.lease (
     epoch bigint NOT NULL,
     beat bigint NOT NULL,
     holder text,
     link_up boolean NOT NULL
   );
   INSERT INTO verona.lease VALUES (0, 0, NULL, true);
   CREATE TABLE verona.standby (
     id text PRIMARY KEY,
     seen timestamptz NOT NULL,
     reaches_server boolean NOT NULL
   );`,
  // Nodes that serve together, and which rooms each of them serves (cluster-functions.ts). The chain of a node's commits is
  // in a table of its own: a commit that takes long does not hold up the renewal of the node's lease.
  `CREATE TABLE verona.node (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     name text COLLATE "C" NOT NULL UNIQUE,
     holder text NOT NULL,
     beat bigint NOT NULL,
     seen timestamptz NOT NULL,
     link_up boolean NOT NULL,
     is_ready boolean NOT NULL
   );
   CREATE TABLE verona.node_commit (
     node bigint PRIMARY KEY REFERENCES verona.node ON DELETE CASCADE,
     last_commit text NOT NULL
   );
   CREATE TABLE verona.slot (
     number integer PRIMARY KEY,
     node bigint REFERENCES verona.node ON DELETE SET NULL,
     epoch bigint NOT NULL
   );
   INSERT INTO verona.slot (number, epoch) SELECT number, 0 FROM generate_series(0, 255) AS number;
   CREATE TABLE verona.cluster (version bigint NOT NULL, secret text);
   INSERT INTO verona.cluster VALUES (0, NULL);`,
];

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

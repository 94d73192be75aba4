import type { ClientBase, QueryConfig } from "pg";
import { StorageError } from "../store.ts";
import { COMMIT_FUNCTIONS } from "./functions.ts";
import { RETENTION_FUNCTION } from "./retention.ts";

/** The longest that a timer takes, in milliseconds: 24 days. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/**
 * One step of the layout of the schema "verona"; its number is its place in the list, from 1. Never changed once
 * released. Columns that are compared or sorted are so by bytes, whatever the database's own order is.
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
   INSERT INTO verona.last_commit VALUES ('none');
   ${COMMIT_FUNCTIONS}
   ${RETENTION_FUNCTION}`,
  // Presence had no limit before; nobody may say so much any more (muc/presence/presence-payload.ts).
  "UPDATE verona.session SET payload = '' WHERE octet_length(payload) > 16384",
  // The language of presence (xml:lang).
  `ALTER TABLE verona.session ADD COLUMN language text;
   ${COMMIT_FUNCTIONS}`,
];

/** The layout that this version of the program knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Runs the migrations that the database has not had, each in a transaction with its number. Throws `StorageError`
 * where the schema is of a newer version or of another program, and the database's error where a migration fails;
 * that one is undone.
 */
export async function migrate(client: ClientBase, target: string, migrations = MIGRATIONS): Promise<void> {
  const version = await layoutOf(client, target);
  if (version > migrations.length) {
    throw new StorageError(
      `${target} was written by a newer version (layout ${version}, this version knows ${migrations.length}): upgrade Verona or use another database`,
    );
  }
  for (const [index, migration] of migrations.slice(version).entries()) {
    const number = version + index + 1;
    await client.query("BEGIN");
    try {
      if (number === 1) await client.query(LAYOUT);
      await client.query(patiently(migration));
      await client.query("INSERT INTO verona.layout (version) VALUES ($1)", [number]);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK").catch(() => {});
      throw error;
    }
  }
}

/** It may take as long as it needs, which the types of pg do not know. */
function patiently(text: string): QueryConfig {
  const query = { text, query_timeout: LONGEST_TIMEOUT };
  return query;
}

/** A schema that is there already, and empty, may be one that the administrator has made. */
const LAYOUT = `DO $$ BEGIN
    IF to_regnamespace('verona') IS NULL THEN CREATE SCHEMA verona; END IF;
  END $$;
  CREATE TABLE verona.layout (version integer PRIMARY KEY, since timestamptz NOT NULL DEFAULT now());
  COMMENT ON TABLE verona.layout IS 'Verona, a Multi-User Chat service'`;

/** The number of the last migration that the database has had. Throws `StorageError` where the schema is not Verona's. */
export async function layoutOf(client: ClientBase, target: string): Promise<number> {
  const found = await client.query(
    `SELECT count(*) AS tables, obj_description(to_regclass('verona.layout')) LIKE 'Verona, %' AS ours
      FROM pg_class WHERE relnamespace = to_regnamespace('verona')`,
  );
  const { tables, ours } = found.rows[0] ?? {};
  if (Number(tables) === 0) return 0;
  if (ours !== true)
    throw new StorageError(
      `${target} has a schema "verona" that belongs to another program; give another database`,
    );
  const { rows } = await client.query("SELECT coalesce(max(version), 0) AS version FROM verona.layout");
  return Number(rows[0]?.version);
}

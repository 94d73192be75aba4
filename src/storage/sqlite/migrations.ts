import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "../store.ts";

/** One step of the database's layout; its number is its place in the list, from 1. Never changed once released. */
export const MIGRATIONS: readonly string[] = [
  // A room's number is never used again, so that a new room has nothing of the archive of an old one.
  `CREATE TABLE room (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     node TEXT NOT NULL UNIQUE,
     config TEXT NOT NULL CHECK (json_valid(config)),
     locked INTEGER NOT NULL,
     subject TEXT
   ) STRICT;
   CREATE INDEX room_listed ON room (node) WHERE locked = 0 AND json_extract(config, '$.public') = 1;
   CREATE TABLE affiliation (
     room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE,
     jid TEXT NOT NULL,
     affiliation TEXT NOT NULL CHECK (affiliation IN ('outcast', 'member', 'admin', 'owner')),
     reason TEXT,
     nick TEXT,
     PRIMARY KEY (room, jid)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE note (
     room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE,
     name TEXT NOT NULL,
     text TEXT NOT NULL,
     PRIMARY KEY (room, name)
   ) STRICT;
   CREATE TABLE moved_room (
     node TEXT PRIMARY KEY,
     venue TEXT NOT NULL,
     reason TEXT,
     members TEXT,
     until INTEGER NOT NULL CHECK (until BETWEEN 0 AND 9007199254740991)
   ) STRICT;
   CREATE TABLE session (
     place INTEGER PRIMARY KEY AUTOINCREMENT,
     room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE,
     jid TEXT NOT NULL,
     nick TEXT NOT NULL,
     role TEXT NOT NULL CHECK (role IN ('visitor', 'participant', 'moderator')),
     payload TEXT NOT NULL,
     UNIQUE (room, jid)
   ) STRICT;
   CREATE TABLE message (
     place INTEGER PRIMARY KEY AUTOINCREMENT,
     room INTEGER NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('discussion', 'subject', 'other')),
     stanza_id TEXT NOT NULL,
     at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 9007199254740991),
     nick TEXT NOT NULL,
     jid TEXT NOT NULL,
     author TEXT NOT NULL,
     affiliation TEXT NOT NULL,
     role TEXT NOT NULL,
     id TEXT NOT NULL,
     language TEXT,
     corrects TEXT,
     payload TEXT NOT NULL,
     text TEXT,
     -- Messages that follow each other in the order of their time; another run begins where the clock was set back.
     run INTEGER NOT NULL,
     UNIQUE (room, stanza_id)
   ) STRICT;
   CREATE INDEX message_of_room ON message (room, place);
   CREATE INDEX discussion ON message (room, place) WHERE kind = 'discussion';
   CREATE INDEX message_time ON message (room, run, at);
   CREATE INDEX message_nick ON message (room, nick, place);
   -- With the id, by which what a user has corrected is found without reading all of the user's messages.
   CREATE INDEX message_user ON message (room, substr(jid, 1, instr(jid || '/', '/') - 1), place, id);
   CREATE INDEX correction ON message (room, corrects) WHERE corrects IS NOT NULL;
   -- What was not said to all; its places are numbered together with those of messages.
   CREATE TABLE aside (
     place INTEGER PRIMARY KEY,
     room INTEGER NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('private', 'arrival', 'departure')),
     stanza_id TEXT NOT NULL,
     at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 9007199254740991),
     nick TEXT NOT NULL,
     jid TEXT NOT NULL,
     author TEXT NOT NULL,
     affiliation TEXT NOT NULL,
     role TEXT NOT NULL,
     id TEXT NOT NULL,
     language TEXT,
     corrects TEXT,
     payload TEXT NOT NULL,
     to_nick TEXT,
     to_jid TEXT,
     type TEXT,
     UNIQUE (room, stanza_id)
   ) STRICT;
   INSERT INTO sqlite_sequence (name, seq) VALUES ('message', 0);
   CREATE INDEX aside_of_room ON aside (room, place);
   CREATE INDEX aside_time ON aside (room, at);
   CREATE INDEX presence ON aside (room, place) WHERE kind <> 'private';
   CREATE INDEX private_from ON aside (room, substr(jid, 1, instr(jid || '/', '/') - 1), place) WHERE kind = 'private';
   CREATE INDEX private_to ON aside (room, to_jid, place) WHERE kind = 'private';
   -- How many messages and asides a room has, or had before it was removed.
   CREATE TABLE archive (
     room INTEGER PRIMARY KEY,
     messages INTEGER NOT NULL DEFAULT 0,
     asides INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TRIGGER message_counted AFTER INSERT ON message BEGIN
     INSERT INTO archive (room, messages) VALUES (new.room, 1)
       ON CONFLICT (room) DO UPDATE SET messages = messages + 1;
   END;
   CREATE TRIGGER message_discounted AFTER DELETE ON message BEGIN
     UPDATE archive SET messages = messages - 1 WHERE room = old.room;
     DELETE FROM archive WHERE room = old.room AND messages = 0 AND asides = 0;
   END;
   CREATE TRIGGER aside_counted AFTER INSERT ON aside BEGIN
     INSERT INTO archive (room, asides) VALUES (new.room, 1) ON CONFLICT (room) DO UPDATE SET asides = asides + 1;
   END;
   CREATE TRIGGER aside_discounted AFTER DELETE ON aside BEGIN
     UPDATE archive SET asides = asides - 1 WHERE room = old.room;
     DELETE FROM archive WHERE room = old.room AND messages = 0 AND asides = 0;
   END;
   -- The number of the room is a word of its own, so that a search reads what the room has and nothing else.
   CREATE VIRTUAL TABLE message_text USING fts5 (room, text, content = 'message', content_rowid = 'place');
   -- Words are indexed some messages later, many at once, which takes a fraction of the time. So far they are up to:
   CREATE TABLE indexed_text (place INTEGER NOT NULL) STRICT;
   INSERT INTO indexed_text (place) VALUES (0);
   CREATE TRIGGER message_text_due AFTER INSERT ON message WHEN new.place % 200 = 0 BEGIN
     UPDATE indexed_text SET place = new.place;
   END;
   CREATE TRIGGER message_text_indexed AFTER UPDATE ON indexed_text BEGIN
     INSERT INTO message_text (rowid, room, text) SELECT place, room, text FROM message
       WHERE place > old.place AND place <= new.place AND text IS NOT NULL;
   END;
   CREATE TRIGGER message_text_changed AFTER UPDATE OF text ON message
     WHEN old.text IS NOT NULL AND old.place <= (SELECT place FROM indexed_text) BEGIN
     INSERT INTO message_text (message_text, rowid, room, text) VALUES ('delete', old.place, old.room, old.text);
     INSERT INTO message_text (rowid, room, text) SELECT new.place, new.room, new.text WHERE new.text IS NOT NULL;
   END;
   CREATE TRIGGER message_text_removed AFTER DELETE ON message
     WHEN old.text IS NOT NULL AND old.place <= (SELECT place FROM indexed_text) BEGIN
     INSERT INTO message_text (message_text, rowid, room, text) VALUES ('delete', old.place, old.room, old.text);
   END;`,
  // Presence had no limit before; nobody may say so much any more (muc/presence/presence-payload.ts).
  "UPDATE session SET payload = '' WHERE length(CAST(payload AS BLOB)) > 16384",
  // Long texts are indexed at once, so that a search, or the commit of a two hundredth message, has little to index.
  `DROP TRIGGER message_text_due;
   CREATE TRIGGER message_text_due AFTER INSERT ON message WHEN new.place % 200 = 0 OR length(new.text) > 4000 BEGIN
     UPDATE indexed_text SET place = new.place;
   END;`,
  // The language of presence (xml:lang).
  "ALTER TABLE session ADD COLUMN language TEXT",
  // A message's versions are found by its author and id, and by the id that they correct.
  `DROP INDEX message_user;
   CREATE INDEX message_user ON message (room, substr(jid, 1, instr(jid || '/', '/') - 1), place);
   CREATE INDEX message_author ON message (room, author, id);
   DROP INDEX correction;
   CREATE INDEX correction ON message (room, author, corrects) WHERE corrects IS NOT NULL;`,
];

/** The layout that this version of the program knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Runs the migrations that a database has not had, each in a transaction of its own with its number as
 * `user_version`. Throws `StorageError` where the database is of a newer version, and SQLite's error where a
 * migration fails; that one is undone.
 */
export function migrate(database: DatabaseSync, path: string, migrations = MIGRATIONS): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  if (version > migrations.length) {
    throw new StorageError(
      `${path} was written by a newer version (layout ${version}, this version knows ${migrations.length}): upgrade Verona or use another file`,
    );
  }
  for (const [index, migration] of migrations.slice(version).entries()) {
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec(migration);
      database.exec(`PRAGMA user_version = ${version + index + 1}`);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}

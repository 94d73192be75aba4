import type { DatabaseSync } from "node:sqlite";
import { storedRoomTerms } from "../rows.ts";
import { StorageError } from "../store.ts";
import { transact } from "./transaction.ts";

/** The migrations of the schema; a migration's number is its place in the list, from 1. A released migration never changes. */
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
  // A message's versions: corrections by the id that they correct; the original by message_user or, without an address,
  // by its id. An index of all messages by id would make each message cost a tenth more.
  `DROP INDEX correction;
   CREATE INDEX correction ON message (room, author, corrects) WHERE corrects IS NOT NULL;
   CREATE INDEX message_anonymous ON message (room, author, id) WHERE jid = '';`,
  // Names in the terms of the specifications. The index of words is rebuilt, as its columns are those of its table.
  `ALTER TABLE moved_room RENAME TO destroyed_room;
   ALTER TABLE destroyed_room RENAME COLUMN until TO reserved_until;
   ALTER TABLE session RENAME COLUMN place TO position;
   DROP TRIGGER message_counted;
   DROP TRIGGER message_discounted;
   DROP TRIGGER aside_counted;
   DROP TRIGGER aside_discounted;
   DROP TRIGGER message_text_due;
   DROP TRIGGER message_text_indexed;
   DROP TRIGGER message_text_changed;
   DROP TRIGGER message_text_removed;
   DROP TABLE message_text;
   DROP TABLE indexed_text;
   DROP INDEX room_listed;
   DROP INDEX message_of_room;
   DROP INDEX discussion;
   DROP INDEX message_user;
   DROP INDEX message_anonymous;
   DROP INDEX correction;
   DROP INDEX aside_of_room;
   DROP INDEX aside_time;
   DROP INDEX presence;
   DROP INDEX private_from;
   DROP INDEX private_to;
   ALTER TABLE archive RENAME TO archive_size;
   ALTER TABLE archive_size RENAME COLUMN asides TO extras;
   ALTER TABLE message RENAME COLUMN place TO position;
   ALTER TABLE message RENAME COLUMN author TO occupant_id;
   ALTER TABLE message RENAME COLUMN text TO search_text;
   ALTER TABLE message RENAME COLUMN run TO time_run;
   ALTER TABLE aside RENAME TO archive_extra;
   ALTER TABLE archive_extra RENAME COLUMN place TO position;
   ALTER TABLE archive_extra RENAME COLUMN author TO occupant_id;
   ALTER TABLE archive_extra RENAME COLUMN type TO message_type;
   CREATE INDEX room_public ON room (node) WHERE locked = 0 AND json_extract(config, '$.public') = 1;
   CREATE INDEX message_position ON message (room, position);
   CREATE INDEX message_discussion ON message (room, position) WHERE kind = 'discussion';
   CREATE INDEX message_user ON message (room, substr(jid, 1, instr(jid || '/', '/') - 1), position, id);
   CREATE INDEX message_anonymous ON message (room, occupant_id, id) WHERE jid = '';
   CREATE INDEX message_correction ON message (room, occupant_id, corrects) WHERE corrects IS NOT NULL;
   CREATE INDEX archive_extra_position ON archive_extra (room, position);
   CREATE INDEX archive_extra_time ON archive_extra (room, at);
   CREATE INDEX archive_extra_presence ON archive_extra (room, position) WHERE kind <> 'private';
   CREATE INDEX private_sender ON archive_extra (room, substr(jid, 1, instr(jid || '/', '/') - 1), position)
     WHERE kind = 'private';
   CREATE INDEX private_recipient ON archive_extra (room, to_jid, position) WHERE kind = 'private';
   CREATE TRIGGER message_counted AFTER INSERT ON message BEGIN
     INSERT INTO archive_size (room, messages) VALUES (new.room, 1)
       ON CONFLICT (room) DO UPDATE SET messages = messages + 1;
   END;
   CREATE TRIGGER message_discounted AFTER DELETE ON message BEGIN
     UPDATE archive_size SET messages = messages - 1 WHERE room = old.room;
     DELETE FROM archive_size WHERE room = old.room AND messages = 0 AND extras = 0;
   END;
   CREATE TRIGGER archive_extra_counted AFTER INSERT ON archive_extra BEGIN
     INSERT INTO archive_size (room, extras) VALUES (new.room, 1) ON CONFLICT (room) DO UPDATE SET extras = extras + 1;
   END;
   CREATE TRIGGER archive_extra_discounted AFTER DELETE ON archive_extra BEGIN
     UPDATE archive_size SET extras = extras - 1 WHERE room = old.room;
     DELETE FROM archive_size WHERE room = old.room AND messages = 0 AND extras = 0;
   END;
   CREATE VIRTUAL TABLE message_search USING fts5 (room, search_text, content = 'message', content_rowid = 'position');
   INSERT INTO message_search (rowid, room, search_text)
     SELECT position, room, search_text FROM message WHERE search_text IS NOT NULL;
   -- The position of the last message whose words are indexed.
   CREATE TABLE search_progress (position INTEGER NOT NULL) STRICT;
   INSERT INTO search_progress (position) SELECT coalesce(max(position), 0) FROM message;
   CREATE TRIGGER message_search_due AFTER INSERT ON message
     WHEN new.position % 200 = 0 OR length(new.search_text) > 4000 BEGIN
     UPDATE search_progress SET position = new.position;
   END;
   CREATE TRIGGER message_search_progressed AFTER UPDATE ON search_progress BEGIN
     INSERT INTO message_search (rowid, room, search_text) SELECT position, room, search_text FROM message
       WHERE position > old.position AND position <= new.position AND search_text IS NOT NULL;
   END;
   CREATE TRIGGER message_search_changed AFTER UPDATE OF search_text ON message
     WHEN old.search_text IS NOT NULL AND old.position <= (SELECT position FROM search_progress) BEGIN
     INSERT INTO message_search (message_search, rowid, room, search_text)
       VALUES ('delete', old.position, old.room, old.search_text);
     INSERT INTO message_search (rowid, room, search_text)
       SELECT new.position, new.room, new.search_text WHERE new.search_text IS NOT NULL;
   END;
   CREATE TRIGGER message_search_removed AFTER DELETE ON message
     WHEN old.search_text IS NOT NULL AND old.position <= (SELECT position FROM search_progress) BEGIN
     INSERT INTO message_search (message_search, rowid, room, search_text)
       VALUES ('delete', old.position, old.room, old.search_text);
   END;`,
  // The list of rooms is read in pages, and counted without reading it.
  `-- Sections of the public list: the first node that each may have, and its number of rooms.
   CREATE TABLE room_section (first_node TEXT PRIMARY KEY, rooms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   INSERT INTO room_section (first_node, rooms) VALUES ('', 0);
   INSERT INTO room_section (first_node, rooms) SELECT CASE section WHEN 0 THEN '' ELSE min(node) END, count(*)
     FROM (SELECT node, (row_number() OVER (ORDER BY node) - 1) / 500 AS section FROM room
       WHERE locked = 0 AND json_extract(config, '$.public') = 1) WHERE TRUE GROUP BY section
     ON CONFLICT (first_node) DO UPDATE SET rooms = excluded.rooms;
   CREATE TRIGGER room_listed AFTER INSERT ON room WHEN new.locked = 0 AND json_extract(new.config, '$.public') = 1 BEGIN
     UPDATE room_section SET rooms = rooms + 1
       WHERE first_node = (SELECT max(first_node) FROM room_section WHERE first_node <= new.node);
   END;
   CREATE TRIGGER room_unlisted AFTER DELETE ON room WHEN old.locked = 0 AND json_extract(old.config, '$.public') = 1 BEGIN
     UPDATE room_section SET rooms = rooms - 1
       WHERE first_node = (SELECT max(first_node) FROM room_section WHERE first_node <= old.node);
   END;
   CREATE TRIGGER room_listing_changed AFTER UPDATE OF config, locked ON room
     WHEN (new.locked = 0 AND json_extract(new.config, '$.public') = 1) <> (old.locked = 0 AND json_extract(old.config, '$.public') = 1) BEGIN
     UPDATE room_section SET rooms = rooms + iif(new.locked = 0 AND json_extract(new.config, '$.public') = 1, 1, -1)
       WHERE first_node = (SELECT max(first_node) FROM room_section WHERE first_node <= new.node);
   END;
   CREATE TRIGGER room_section_split AFTER UPDATE ON room_section WHEN new.rooms >= 1000 BEGIN
     INSERT INTO room_section (first_node, rooms) SELECT node, new.rooms - 500 FROM room
       WHERE locked = 0 AND json_extract(config, '$.public') = 1 AND node >= new.first_node ORDER BY node LIMIT 1 OFFSET 500;
     UPDATE room_section SET rooms = 500 WHERE first_node = new.first_node;
   END;
   CREATE TRIGGER room_section_empty AFTER UPDATE ON room_section WHEN new.rooms = 0 AND new.first_node <> '' BEGIN
     DELETE FROM room_section WHERE first_node = new.first_node;
   END;
   -- The number of rooms that users of each domain have created, and of all rooms under an empty domain.
   CREATE TABLE room_count (domain TEXT PRIMARY KEY, rooms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   INSERT INTO room_count (domain, rooms) SELECT '', count(*) FROM room;
   INSERT INTO room_count (domain, rooms) SELECT substr(text, instr(text, '@') + 1) AS domain, count(*) FROM note
     WHERE name = 'creator' AND domain <> '' GROUP BY domain;
   CREATE TRIGGER room_counted AFTER INSERT ON room BEGIN
     UPDATE room_count SET rooms = rooms + 1 WHERE domain = '';
   END;
   CREATE TRIGGER room_discounted AFTER DELETE ON room BEGIN
     UPDATE room_count SET rooms = rooms - 1 WHERE domain = '';
   END;
   CREATE TRIGGER creator_counted AFTER INSERT ON note
     WHEN new.name = 'creator' AND substr(new.text, instr(new.text, '@') + 1) <> '' BEGIN
     INSERT INTO room_count (domain, rooms) VALUES (substr(new.text, instr(new.text, '@') + 1), 1)
       ON CONFLICT (domain) DO UPDATE SET rooms = rooms + 1;
   END;
   CREATE TRIGGER creator_discounted AFTER DELETE ON note
     WHEN old.name = 'creator' AND substr(old.text, instr(old.text, '@') + 1) <> '' BEGIN
     UPDATE room_count SET rooms = rooms - 1 WHERE domain = substr(old.text, instr(old.text, '@') + 1);
     DELETE FROM room_count WHERE domain = substr(old.text, instr(old.text, '@') + 1) AND rooms = 0;
   END;`,
  // Commits are kept in a file beside the database and applied later, many at a time (commit-log.ts). Without triggers that
  // run on each insertion, which would make SQLite copy every page that the insertion changes.
  `CREATE TABLE applied_commit (database TEXT NOT NULL, number INTEGER NOT NULL) STRICT;
   INSERT INTO applied_commit (database, number) VALUES (lower(hex(randomblob(8))), 0);
   DROP TRIGGER message_counted;
   DROP TRIGGER archive_extra_counted;
   DROP TRIGGER message_search_due;`,
  // Public rooms are found by their terms (room-terms.ts), which commits write.
  `CREATE VIRTUAL TABLE room_search USING fts5 (terms, content = '', contentless_delete = 1, detail = none,
     prefix = '2 4', tokenize = 'ascii');
   INSERT INTO room_search (rowid, terms) SELECT id, room_terms(node, config) FROM room
     WHERE locked = 0 AND json_extract(config, '$.public') = 1;
   CREATE TRIGGER room_search_removed AFTER DELETE ON room BEGIN
     DELETE FROM room_search WHERE rowid = old.id;
   END;`,
  // Records of acts outlive the room: its node is text.
  `CREATE TABLE act (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     node TEXT NOT NULL,
     at INTEGER NOT NULL,
     kind TEXT NOT NULL,
     by_jid TEXT,
     target TEXT,
     reason TEXT,
     rule TEXT,
     detail TEXT
   ) STRICT;
   CREATE INDEX act_room ON act (node, id);
   CREATE INDEX act_creation ON act (node, id) WHERE kind = 'room-created';`,
  // Affiliations that end at a time.
  "ALTER TABLE affiliation ADD COLUMN until INTEGER;",
  // Hashes of the blocklists that the service follows (blocklist-table.ts).
  `CREATE TABLE blocklist_item (
     version INTEGER PRIMARY KEY AUTOINCREMENT,
     list TEXT NOT NULL,
     hash TEXT NOT NULL,
     is_removed INTEGER NOT NULL,
     UNIQUE (list, hash)
   ) STRICT;
   CREATE INDEX blocklist_change ON blocklist_item (list, version);`,
  // Tokens of the HTTP API, and requests that clients may repeat (api-table.ts). A request has no status until it is answered.
  `CREATE TABLE api_token (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     hash TEXT NOT NULL,
     scope TEXT NOT NULL,
     rooms TEXT,
     created INTEGER NOT NULL,
     expires INTEGER,
     last_used INTEGER
   ) STRICT;
   CREATE TABLE api_request (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     token TEXT NOT NULL REFERENCES api_token ON DELETE CASCADE,
     key TEXT NOT NULL,
     request TEXT NOT NULL,
     at INTEGER NOT NULL,
     status INTEGER,
     body TEXT,
     UNIQUE (token, key)
   ) STRICT;
   CREATE INDEX api_request_number ON api_request (token, number);
   CREATE INDEX api_request_time ON api_request (at);`,
  // Webhooks, and the events that each of them shall get (webhook-table.ts).
  `CREATE TABLE webhook (id TEXT PRIMARY KEY, settings TEXT NOT NULL, status TEXT NOT NULL DEFAULT '{}') STRICT;
   CREATE TABLE webhook_delivery (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     hook TEXT NOT NULL REFERENCES webhook ON DELETE CASCADE,
     event TEXT NOT NULL,
     at INTEGER NOT NULL,
     body TEXT NOT NULL,
     is_dead INTEGER NOT NULL DEFAULT 0,
     error TEXT
   ) STRICT;
   CREATE INDEX webhook_queue ON webhook_delivery (hook, is_dead, id);`,
  // Bans from all rooms (account-table.ts).
  `CREATE TABLE service_ban (account TEXT PRIMARY KEY, reason TEXT, by_jid TEXT, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  // Rooms in which something waits for a moderator.
  "CREATE INDEX note_waiting ON note (room) WHERE name IN ('held-messages', 'reports')",
  // Rooms whose owners have named a group that shares bans.
  "CREATE INDEX room_ban_group ON room (node) WHERE json_extract(config, '$.banGroup') <> '';",
];

/** The number of the last migration that this version of the program has. */
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
      `${path} was written by a newer version (schema version ${version}, this version knows ${migrations.length}): upgrade Verona or use another file`,
    );
  }
  database.function("room_terms", (node, config) => storedRoomTerms(String(node), config).join(" "));
  for (const [index, migration] of migrations.slice(version).entries()) {
    transact(database, () => {
      database.exec(migration);
      database.exec(`PRAGMA user_version = ${version + index + 1}`);
    });
  }
}

// The SQL of the store on SQLite; the layout that it speaks of is in migrations.ts.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { selectVersions } from "../message-versions.ts";
import { EXTRA_COLUMNS, MESSAGE_COLUMNS } from "../rows.ts";

const COLUMNS = MESSAGE_COLUMNS.join(", ");
/** What stands for their values, behind the room as ?1. */
const MESSAGE_VALUES = MESSAGE_COLUMNS.map((_, index) => `?${index + 2}`);

const IS_LISTED = "locked = 0 AND json_extract(config, '$.public') = 1";
const USERS = "(SELECT count(DISTINCT nick) FROM session WHERE room = room.id) AS users";
const LISTED = `node, config, ${USERS} FROM room WHERE ${IS_LISTED}`;

/** The bare address of who has said a message in that table, as the index has it. */
export const userOf = (table: string): string =>
  `substr(${table}.jid, 1, instr(${table}.jid || '/', '/') - 1)`;

/** The runs (`message.run`) of the room with the number that the expression gives, mostly one. */
export const timeRunsOf = (
  room: string,
): string => `WITH RECURSIVE runs (run) AS (SELECT min(run) FROM message WHERE room = ${room} UNION ALL
  SELECT (SELECT min(run) FROM message WHERE room = ${room} AND run > runs.run) FROM runs WHERE run IS NOT NULL)`;

const SQL = {
  findRoom: "SELECT id, config, locked, subject FROM room WHERE node = ?",
  findNumber: "SELECT id FROM room WHERE node = ?",
  affiliations: "SELECT jid, affiliation, reason, nick FROM affiliation WHERE room = ? ORDER BY jid",
  notes: "SELECT name, text FROM note WHERE room = ?",
  sessions: "SELECT jid, nick, role, payload, language FROM session WHERE room = ? ORDER BY place",
  occupiedRooms: "SELECT node FROM room WHERE id IN (SELECT room FROM session)",
  nodes: "SELECT node FROM room WHERE node > ? ORDER BY node LIMIT ?",
  countRooms: "SELECT count(*) AS n FROM room",
  countRoomsByDomain: `SELECT substr(text, instr(text, '@') + 1) AS domain, count(*) AS n FROM note
    WHERE name = 'creator' GROUP BY 1`,
  countMessages: "SELECT total(messages + asides) AS n FROM archive WHERE room IN (SELECT id FROM room)",
  publicRooms: `SELECT ${LISTED} AND node > ? ORDER BY node LIMIT ?`,
  allRooms: `SELECT node, config, locked, ${USERS}, (SELECT count(*) FROM session WHERE room = room.id) AS sessions
    FROM room WHERE node > ? ORDER BY node LIMIT ?`,
  movedRooms: "SELECT node, venue, reason, members, until FROM moved_room",
  setMovedRoom:
    "INSERT OR REPLACE INTO moved_room (node, venue, reason, members, until) VALUES (?, ?, ?, ?, ?)",
  removeMovedRoom: "DELETE FROM moved_room WHERE node = ?",
  storeRoom: "INSERT INTO room (node, config, locked, subject) VALUES (?, ?, ?, ?)",
  removeRoom: "DELETE FROM room WHERE node = ?",
  setConfig: "UPDATE room SET config = ?, locked = ? WHERE id = ?",
  setSubject: "UPDATE room SET subject = ? WHERE id = ?",
  setAffiliation: `INSERT INTO affiliation (room, jid, affiliation, reason, nick) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (room, jid) DO UPDATE SET affiliation = excluded.affiliation, reason = excluded.reason, nick = excluded.nick`,
  removeAffiliation: "DELETE FROM affiliation WHERE room = ? AND jid = ?",
  setNote: `INSERT INTO note (room, name, text) VALUES (?, ?, ?)
    ON CONFLICT (room, name) DO UPDATE SET text = excluded.text`,
  removeNote: "DELETE FROM note WHERE room = ? AND name = ?",
  // Replaced, not updated: its place becomes the last.
  setSession:
    "INSERT OR REPLACE INTO session (room, jid, nick, role, payload, language) VALUES (?, ?, ?, ?, ?, ?)",
  removeSession: "DELETE FROM session WHERE room = ? AND jid = ?",
  addMessage: `INSERT INTO message (room, ${COLUMNS}, run) VALUES (?1, ${MESSAGE_VALUES.join(", ")},
    coalesce((SELECT run + (at > ${MESSAGE_VALUES[MESSAGE_COLUMNS.indexOf("at")]}) FROM message WHERE room = ?1
      ORDER BY place DESC LIMIT 1), 1))`,
  retractMessage: `UPDATE message SET payload = ?1, text = NULL WHERE place IN (${selectVersions({
    table: "message",
    among: "TRUE",
    where: "room = ?2 AND stanza_id = ?3",
    same: ["room", "author"],
  })})`,
  nextPlace: "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'message' RETURNING seq AS place",
  addExtra: `INSERT INTO aside (place, room, ${EXTRA_COLUMNS.join(", ")})
    VALUES (?, ?, ${EXTRA_COLUMNS.map(() => "?").join(", ")})`,
  retractPrivate: `UPDATE aside SET payload = ?1 WHERE place IN (${selectVersions({
    table: "aside",
    among: "kind = 'private'",
    where: "room = ?2 AND to_jid = ?3 AND author = ?4 AND ?5 IN (id, corrects)",
    same: ["room", "to_jid", "author"],
  })})`,
  indexTexts: `UPDATE indexed_text SET place = (SELECT max(place) FROM message)
    WHERE EXISTS (SELECT 1 FROM message WHERE message.place > indexed_text.place AND text IS NOT NULL)`,
  latestDiscussion: `SELECT ${COLUMNS} FROM message WHERE room = (SELECT id FROM room WHERE node = ?) AND kind = 'discussion'
    ORDER BY place DESC LIMIT ?`,
  archives: `SELECT archive.room AS archive, messages, asides, room.id IS NULL AS is_left,
      config ->> '$.archiveDays' AS days, config ->> '$.archiveMessages' AS most,
      (${timeRunsOf("archive.room")} SELECT min((SELECT min(at) FROM message WHERE room = archive.room AND run = runs.run))
        FROM runs) AS earliest,
      (SELECT min(at) FROM aside WHERE room = archive.room) AS earliest_aside
    FROM archive LEFT JOIN room ON room.id = archive.room WHERE archive.room > ? ORDER BY archive.room LIMIT ?`,
  removeFirst:
    "DELETE FROM message WHERE place IN (SELECT place FROM message WHERE room = ? ORDER BY place LIMIT ?)",
  removeFirstExtras:
    "DELETE FROM aside WHERE place IN (SELECT place FROM aside WHERE room = ? ORDER BY place LIMIT ?)",
  removeBefore: `DELETE FROM message WHERE place IN (${timeRunsOf("?1")}
    SELECT place FROM runs CROSS JOIN message ON room = ?1 AND message.run = runs.run AND at < ?3 LIMIT ?2)`,
  removeExtrasBefore:
    "DELETE FROM aside WHERE place IN (SELECT place FROM aside WHERE room = ?1 AND at < ?3 LIMIT ?2)",
} as const;

/** Every statement of the store, by its name, prepared once. */
export type Statements = Record<keyof typeof SQL, StatementSync>;

/** Prepares all statements on a database whose layout is up to date; throws what SQLite throws. */
export function prepare(database: DatabaseSync): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]);
  return Object.fromEntries(entries) as Statements;
}

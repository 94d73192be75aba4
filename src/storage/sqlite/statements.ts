// The SQL of the store on SQLite; migrations.ts has the schema.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BAN_COLUMNS } from "../account-table.ts";
import { actStatements } from "../act-queries.ts";
import { TOKEN_COLUMNS } from "../api-rows.ts";
import { selectVersions } from "../message-versions.ts";
import { listStatements } from "../room-list.ts";
import { ACT_COLUMNS, EXTRA_COLUMNS, MESSAGE_COLUMNS } from "../rows.ts";

const COLUMNS = MESSAGE_COLUMNS.join(", ");
/** The parameters of their values; ?1 is the room. */
const MESSAGE_VALUES = MESSAGE_COLUMNS.map((_, index) => `?${index + 2}`);

const IS_LISTED = "locked = 0 AND json_extract(config, '$.public') = 1";
const USERS = "(SELECT count(DISTINCT nick) FROM session WHERE room = room.id) AS users";

/** The bare address of a message's sender, as the indexes have it. */
export const userOf = (table: string): string =>
  `substr(${table}.jid, 1, instr(${table}.jid || '/', '/') - 1)`;

/** A recursive query of the time runs of a room (`message.time_run`), usually one. `room` is an SQL expression. */
export const timeRunsOf = (
  room: string,
): string => `WITH RECURSIVE runs (time_run) AS (SELECT min(time_run) FROM message WHERE room = ${room} UNION ALL
  SELECT (SELECT min(time_run) FROM message WHERE room = ${room} AND time_run > runs.time_run) FROM runs WHERE time_run IS NOT NULL)`;

const SQL = {
  appliedCommit: "SELECT database, number FROM applied_commit",
  setAppliedCommit: "UPDATE applied_commit SET number = ?",
  findRoom: "SELECT id, config, locked, subject FROM room WHERE node = ?",
  findNumber: "SELECT id FROM room WHERE node = ?",
  affiliations: "SELECT jid, affiliation, reason, nick, until FROM affiliation WHERE room = ? ORDER BY jid",
  notes: "SELECT name, text FROM note WHERE room = ?",
  sessions: "SELECT jid, nick, role, payload, language FROM session WHERE room = ? ORDER BY position",
  occupiedRooms: "SELECT node FROM room WHERE id IN (SELECT room FROM session)",
  nodes: "SELECT node FROM room WHERE node > ? ORDER BY node LIMIT ?",
  // The names are those of the index.
  waitingRooms: `SELECT node FROM room
    WHERE node > ? AND id IN (SELECT room FROM note WHERE name IN ('held-messages', 'reports')) ORDER BY node LIMIT ?`,
  roomsInBanGroups:
    "SELECT node FROM room WHERE json_extract(config, '$.banGroup') <> '' AND node > ? ORDER BY node LIMIT ?",
  countRooms: "SELECT total(rooms) AS n FROM room_count WHERE domain = ''",
  countRoomsByDomain: "SELECT domain, rooms AS n FROM room_count WHERE domain <> ''",
  countMessages: "SELECT total(messages + extras) AS n FROM archive_size WHERE room IN (SELECT id FROM room)",
  ...listStatements({
    ...{ room: "room", section: "room_section", columns: `node, config, ${USERS}`, isListed: IS_LISTED },
    parameter: (number) => `?${number}`,
  }),
  countCandidates: "SELECT count(*) AS n FROM (SELECT 1 FROM room_search WHERE room_search MATCH ? LIMIT ?)",
  candidates: `SELECT node, config ->> '$.name' AS name, config ->> '$.description' AS description FROM room
    WHERE id IN (SELECT rowid FROM room_search WHERE room_search MATCH ?)`,
  listedRoom: `SELECT node, config, ${USERS} FROM room WHERE node = ?`,
  publicRoom: `SELECT node, config, subject, ${USERS},
      (SELECT text FROM note WHERE room = room.id AND name = 'logged-since') AS log_note
    FROM room WHERE node = ? AND ${IS_LISTED}`,
  allRooms: `SELECT node, config, locked, ${USERS}, (SELECT count(*) FROM session WHERE room = room.id) AS sessions,
      (SELECT text FROM note WHERE room = room.id AND name = 'last-use') AS last_use
    FROM room WHERE node > ? ORDER BY node LIMIT ?`,
  destroyedRooms: "SELECT node, venue, reason, members, reserved_until FROM destroyed_room",
  setDestroyedRoom:
    "INSERT OR REPLACE INTO destroyed_room (node, venue, reason, members, reserved_until) VALUES (?, ?, ?, ?, ?)",
  removeDestroyedRoom: "DELETE FROM destroyed_room WHERE node = ?",
  addAct: `INSERT INTO act (${ACT_COLUMNS.join(", ")}) VALUES (${ACT_COLUMNS.map(() => "?").join(", ")})`,
  ...actStatements("act", (number) => `?${number}`),
  // A replaced row gets a new version.
  setListedHash: "INSERT OR REPLACE INTO blocklist_item (list, hash, is_removed) VALUES (?, ?, ?)",
  listedHashes:
    "SELECT hash, is_removed, version FROM blocklist_item WHERE list = ? AND version > ? ORDER BY version LIMIT ?",
  trimListedHashes: `DELETE FROM blocklist_item WHERE version IN (SELECT version FROM blocklist_item
    WHERE list NOT IN (SELECT value FROM json_each(?1)) OR (is_removed AND version < ?2) LIMIT ?3)`,
  serviceBans: `SELECT ${BAN_COLUMNS.join(", ")} FROM service_ban ORDER BY account`,
  setServiceBan: `INSERT OR REPLACE INTO service_ban (${BAN_COLUMNS.join(", ")}) VALUES (?, ?, ?, ?)`,
  removeServiceBan: "DELETE FROM service_ban WHERE account = ?",
  roomsOfAccount: `SELECT node FROM room WHERE node > ?2 AND node <= ?3
    AND (EXISTS (SELECT 1 FROM affiliation WHERE room = room.id AND jid = ?1)
      OR EXISTS (SELECT 1 FROM session WHERE room = room.id AND ${userOf("session")} = ?1)) ORDER BY node`,
  tracesOfAccount: `SELECT node FROM room WHERE node > ?2 AND node <= ?3
    AND (instr(config, ?1) OR instr(subject, ?1)
      OR EXISTS (SELECT 1 FROM affiliation WHERE room = room.id AND (jid = ?1 OR instr(reason, ?1)))
      OR EXISTS (SELECT 1 FROM session WHERE room = room.id AND ${userOf("session")} = ?1)
      OR EXISTS (SELECT 1 FROM note WHERE room = room.id AND instr(text, ?1))
      OR EXISTS (SELECT 1 FROM message WHERE room = room.id AND ${userOf("message")} = ?1)
      OR EXISTS (SELECT 1 FROM archive_extra WHERE room = room.id AND ?1 IN (${userOf("archive_extra")}, to_jid))) ORDER BY node`,
  eraseMessages: `UPDATE message SET nick = '', jid = '', occupant_id = '', id = stanza_id, corrects = NULL, payload = ?3,
      search_text = NULL
    WHERE position IN (SELECT position FROM message WHERE room = ?1 AND ${userOf("message")} = ?2 LIMIT ?4)`,
  eraseExtras: `UPDATE archive_extra SET nick = '', jid = '', occupant_id = '', id = stanza_id, corrects = NULL, payload = '',
      to_nick = iif(to_nick IS NULL, NULL, ''), to_jid = iif(to_jid IS NULL, NULL, '')
    WHERE position IN (SELECT position FROM archive_extra
      WHERE room = ?1 AND ?2 IN (${userOf("archive_extra")}, to_jid) LIMIT ?3)`,
  addApiToken: `INSERT INTO api_token (${TOKEN_COLUMNS.join(", ")}) VALUES (${TOKEN_COLUMNS.map(() => "?").join(", ")})
    ON CONFLICT DO NOTHING`,
  apiTokens: `SELECT ${TOKEN_COLUMNS.join(", ")} FROM api_token ORDER BY name`,
  removeApiToken: "DELETE FROM api_token WHERE name = ?",
  useApiToken: "UPDATE api_token SET last_used = ? WHERE id = ?",
  findApiRequest: "SELECT request, status, body FROM api_request WHERE token = ? AND key = ?",
  addApiRequest: "INSERT INTO api_request (token, key, request, at) VALUES (?, ?, ?, ?)",
  answerApiRequest: "UPDATE api_request SET status = ?, body = ? WHERE token = ? AND key = ?",
  forgetApiRequest: "DELETE FROM api_request WHERE token = ? AND key = ?",
  forgetOldApiRequests: "DELETE FROM api_request WHERE at < ?",
  trimApiRequests: `DELETE FROM api_request WHERE token = ?1 AND number <= (SELECT number FROM api_request
    WHERE token = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`,
  setWebhook:
    "INSERT INTO webhook (id, settings) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET settings = excluded.settings",
  removeWebhook: "DELETE FROM webhook WHERE id = ?",
  webhooks: "SELECT id, settings, status FROM webhook ORDER BY id",
  setWebhookStatus: "UPDATE webhook SET status = ?2 WHERE id = ?1",
  addDelivery: `INSERT INTO webhook_delivery (hook, event, at, body)
    SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM webhook WHERE id = ?1)`,
  deliveries: `SELECT id, event, at, body, error FROM webhook_delivery
    WHERE hook = ? AND is_dead = ? AND id > ? ORDER BY id LIMIT ?`,
  countDeliveries: `SELECT count(*) FILTER (WHERE is_dead = 0) AS waiting,
      coalesce(sum(octet_length(body)) FILTER (WHERE is_dead = 0), 0) AS bytes,
      count(*) FILTER (WHERE is_dead = 1) AS dead
    FROM webhook_delivery WHERE hook = ?`,
  removeDeliveries: "DELETE FROM webhook_delivery WHERE id IN (SELECT value FROM json_each(?))",
  buryDeliveries: `UPDATE webhook_delivery SET is_dead = 1, error = ?4 WHERE id IN (SELECT id FROM webhook_delivery
    WHERE hook = ?1 AND is_dead = 0 AND at < ?2 ORDER BY id LIMIT ?3)`,
  reviveDeliveries: "UPDATE webhook_delivery SET is_dead = 0, error = NULL WHERE hook = ? AND is_dead = 1",
  trimDeadLetters: `DELETE FROM webhook_delivery WHERE hook = ?1 AND is_dead = 1 AND (at < ?2 OR id <= (
    SELECT id FROM webhook_delivery WHERE hook = ?1 AND is_dead = 1 ORDER BY id DESC LIMIT 1 OFFSET ?3))`,
  storeRoom: "INSERT INTO room (node, config, locked, subject) VALUES (?, ?, ?, ?)",
  removeRoom: "DELETE FROM room WHERE node = ?",
  setConfig: "UPDATE room SET config = ?, locked = ? WHERE id = ?",
  setLocked: "UPDATE room SET locked = ? WHERE id = ?",
  setNode: "UPDATE room SET node = ? WHERE id = ?",
  addTerms: "INSERT INTO room_search (rowid, terms) VALUES (?, ?)",
  removeTerms: "DELETE FROM room_search WHERE rowid = ?",
  setSubject: "UPDATE room SET subject = ? WHERE id = ?",
  setAffiliation: `INSERT INTO affiliation (room, jid, affiliation, reason, nick, until) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (room, jid) DO UPDATE SET affiliation = excluded.affiliation, reason = excluded.reason,
      nick = excluded.nick, until = excluded.until`,
  removeAffiliation: "DELETE FROM affiliation WHERE room = ? AND jid = ?",
  setNote: `INSERT INTO note (room, name, text) VALUES (?, ?, ?)
    ON CONFLICT (room, name) DO UPDATE SET text = excluded.text`,
  removeNote: "DELETE FROM note WHERE room = ? AND name = ?",
  // Replaces the row, so that its position becomes the last.
  setSession:
    "INSERT OR REPLACE INTO session (room, jid, nick, role, payload, language) VALUES (?, ?, ?, ?, ?, ?)",
  removeSession: "DELETE FROM session WHERE room = ? AND jid = ?",
  removeSessions: "DELETE FROM session WHERE room = ?",
  addMessage: `INSERT INTO message (room, ${COLUMNS}, time_run)
    VALUES (?1, ${MESSAGE_VALUES.join(", ")}, ?${MESSAGE_COLUMNS.length + 2})`,
  latestTime: "SELECT at, time_run FROM message WHERE room = ? ORDER BY position DESC LIMIT 1",
  countArchived: `INSERT INTO archive_size (room, messages, extras) VALUES (?, ?, ?)
    ON CONFLICT (room) DO UPDATE SET messages = messages + excluded.messages, extras = extras + excluded.extras`,
  retractMessage: `UPDATE message SET payload = ?1, search_text = NULL WHERE position IN (${selectVersions({
    table: "message",
    among: "TRUE",
    where: "room = ?2 AND stanza_id = ?3",
    same: ["room", "occupant_id"],
    user: userOf,
  })})`,
  nextPosition: "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'message' RETURNING seq AS position",
  addExtra: `INSERT INTO archive_extra (position, room, ${EXTRA_COLUMNS.join(", ")})
    VALUES (?, ?, ${EXTRA_COLUMNS.map(() => "?").join(", ")})`,
  retractPrivate: `UPDATE archive_extra SET payload = ?1 WHERE position IN (${selectVersions({
    table: "archive_extra",
    among: "kind = 'private'",
    where: "room = ?2 AND to_jid = ?3 AND occupant_id = ?4 AND ?5 IN (id, corrects)",
    same: ["room", "to_jid", "occupant_id"],
    user: userOf,
  })})`,
  indexTexts: `UPDATE search_progress SET position = (SELECT max(position) FROM message)
    WHERE EXISTS (SELECT 1 FROM message WHERE message.position > search_progress.position AND search_text IS NOT NULL)`,
  indexDueTexts: `UPDATE search_progress SET position = (SELECT max(position) FROM message)
    WHERE position + ? <= (SELECT max(position) FROM message)`,
  latestDiscussion: `SELECT ${COLUMNS} FROM message WHERE room = (SELECT id FROM room WHERE node = ?) AND kind = 'discussion'
    ORDER BY position DESC LIMIT ?`,
  archives: `SELECT archive_size.room AS archive, messages, extras, room.id IS NULL AS is_orphan,
      config ->> '$.archiveDays' AS days, config ->> '$.archiveMessages' AS most,
      (${timeRunsOf("archive_size.room")} SELECT min((SELECT min(at) FROM message WHERE room = archive_size.room AND time_run = runs.time_run))
        FROM runs) AS earliest,
      (SELECT min(at) FROM archive_extra WHERE room = archive_size.room) AS earliest_extra
    FROM archive_size LEFT JOIN room ON room.id = archive_size.room WHERE archive_size.room > ? ORDER BY archive_size.room LIMIT ?`,
  removeFirst:
    "DELETE FROM message WHERE position IN (SELECT position FROM message WHERE room = ? ORDER BY position LIMIT ?)",
  removeFirstExtras:
    "DELETE FROM archive_extra WHERE position IN (SELECT position FROM archive_extra WHERE room = ? ORDER BY position LIMIT ?)",
  removeBefore: `DELETE FROM message WHERE position IN (${timeRunsOf("?1")}
    SELECT position FROM runs CROSS JOIN message ON room = ?1 AND message.time_run = runs.time_run AND at < ?3 LIMIT ?2)`,
  removeExtrasBefore:
    "DELETE FROM archive_extra WHERE position IN (SELECT position FROM archive_extra WHERE room = ?1 AND at < ?3 LIMIT ?2)",
} as const;

/** The prepared statements of the store, by name. */
export type Statements = Record<keyof typeof SQL, StatementSync>;

/** Prepares all statements on a database whose schema is up to date. Throws SQLite's errors. */
export function prepare(database: DatabaseSync): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => {
    const statement = database.prepare(sql);
    // A statement that writes also returns the id of the last row, which FTS5 may have written: those exceed 2^53.
    if (!/^(SELECT|WITH)/.test(sql)) statement.setReadBigInts(true);
    return [name, statement];
  });
  return Object.fromEntries(entries) as Statements;
}

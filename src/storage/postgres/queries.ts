// The SQL that reads rooms from a PostgreSQL database.

import { BAN_COLUMNS } from "../account-table.ts";
import { actStatements } from "../act-queries.ts";
import { TOKEN_COLUMNS } from "../api-rows.ts";
import { listStatements } from "../room-list.ts";
import { MESSAGE_COLUMNS } from "../rows.ts";

const COLUMNS = MESSAGE_COLUMNS.join(", ");
const IS_LISTED = `NOT locked AND config @> '{"public": true}'`;
const USERS = "(SELECT count(DISTINCT nick) FROM verona.session WHERE room = room.id) AS users";

const listOf = (fields: readonly string[], table: string, order: string): string =>
  `(SELECT coalesce(jsonb_agg(jsonb_build_object(${fields.map((name) => `'${name}', ${name}`).join(", ")})
    ORDER BY ${order}), '[]') FROM verona.${table} WHERE room = room.id) AS ${table}s`;

/** Statements by name. The server prepares each once for each connection. */
export const QUERIES = {
  // One statement, so that all parts are from the same moment.
  findRoom: `SELECT config::text, locked, subject::text,
      ${listOf(["jid", "affiliation", "reason", "nick", "until"], "affiliation", "jid")},
      ${listOf(["name", "text"], "note", "name")},
      ${listOf(["jid", "nick", "role", "payload", "language"], "session", "position")}
    FROM verona.room WHERE node = $1`,
  occupiedRooms: "SELECT node FROM verona.room WHERE id IN (SELECT room FROM verona.session)",
  nodes: "SELECT node FROM verona.room WHERE node > $1 ORDER BY node LIMIT $2",
  // The names are those of the index.
  waitingRooms: `SELECT node FROM verona.room
    WHERE node > $1 AND id IN (SELECT room FROM verona.note WHERE name IN ('held-messages', 'reports'))
    ORDER BY node LIMIT $2`,
  roomsInBanGroups:
    "SELECT node FROM verona.room WHERE config ->> 'banGroup' <> '' AND node > $1 ORDER BY node LIMIT $2",
  countRooms: "SELECT rooms AS n FROM verona.room_count WHERE domain = ''",
  countRoomsByDomain: "SELECT domain, rooms AS n FROM verona.room_count WHERE domain <> ''",
  countMessages:
    "SELECT coalesce(sum(messages + extras), 0) AS n FROM verona.archive_size JOIN verona.room ON room.id = archive_size.room",
  ...listStatements({
    ...{ room: "verona.room", section: "verona.room_section", columns: `node, config::text, ${USERS}` },
    isListed: IS_LISTED,
    parameter: (number) => `$${number}`,
  }),
  candidates: `SELECT node, config ->> 'name' AS name, config ->> 'description' AS description FROM verona.room
    WHERE search_terms @@ $1::tsquery LIMIT $2`,
  listedRooms: `SELECT node, config::text, ${USERS} FROM verona.room WHERE node = ANY ($1) ORDER BY node`,
  occupiedListed: `SELECT node, config::text, ${USERS} FROM verona.room
    WHERE ${IS_LISTED} AND id IN (SELECT room FROM verona.session) ORDER BY node`,
  publicRoom: `SELECT node, config::text, subject::text, ${USERS},
      (SELECT text FROM verona.note WHERE room = room.id AND name = 'logged-since') AS log_note
    FROM verona.room WHERE node = $1 AND ${IS_LISTED}`,
  allRooms: `SELECT node, config::text, locked, ${USERS},
      (SELECT count(*) FROM verona.session WHERE room = room.id) AS sessions,
      (SELECT text FROM verona.note WHERE room = room.id AND name = 'last-use') AS last_use
    FROM verona.room WHERE node > $1 ORDER BY node LIMIT $2`,
  ...actStatements("verona.act", (number) => `$${number}`),
  // Locks the sequence until the end: readers, who go by versions, would miss a lower one that is committed after a higher one.
  changeBlocklist: `WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock('verona.blocklist_version'::regclass::bigint))
    INSERT INTO verona.blocklist_item (version, list, hash, is_removed)
    SELECT nextval('verona.blocklist_version'), $1, hash, is_removed
    FROM locked, unnest($2::text[], $3::boolean[]) AS item (hash, is_removed)
    ON CONFLICT (list, hash) DO UPDATE SET version = excluded.version, is_removed = excluded.is_removed`,
  readBlocklist: `SELECT hash, is_removed, version FROM verona.blocklist_item
    WHERE list = $1 AND version > $2 ORDER BY version LIMIT $3`,
  trimBlocklists: `WITH removed AS (DELETE FROM verona.blocklist_item WHERE (list, hash) IN (SELECT list, hash FROM verona.blocklist_item
      WHERE list <> ALL ($1) OR (is_removed AND version < $2) LIMIT $3) RETURNING 1)
    SELECT count(*) AS n FROM removed`,
  serviceBans: `SELECT ${BAN_COLUMNS.join(", ")} FROM verona.service_ban ORDER BY account`,
  setServiceBan: `INSERT INTO verona.service_ban (${BAN_COLUMNS.join(", ")}) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account) DO UPDATE SET reason = excluded.reason, by_jid = excluded.by_jid, at = excluded.at`,
  removeServiceBan: "DELETE FROM verona.service_ban WHERE account = $1 RETURNING 1",
  roomsOfAccount: `SELECT node FROM verona.room WHERE node > $2 AND node <= $3
    AND (EXISTS (SELECT FROM verona.affiliation WHERE room = room.id AND jid = $1)
      OR EXISTS (SELECT FROM verona.session WHERE room = room.id AND split_part(jid, '/', 1) = $1)) ORDER BY node`,
  tracesOfAccount: `SELECT node FROM verona.room WHERE node > $2 AND node <= $3
    AND (strpos(config::text, $1) > 0 OR strpos(subject::text, $1) > 0
      OR EXISTS (SELECT FROM verona.affiliation WHERE room = room.id AND (jid = $1 OR strpos(reason, $1) > 0))
      OR EXISTS (SELECT FROM verona.session WHERE room = room.id AND split_part(jid, '/', 1) = $1)
      OR EXISTS (SELECT FROM verona.note WHERE room = room.id AND strpos(text, $1) > 0)
      OR EXISTS (SELECT FROM verona.message WHERE room = room.id AND split_part(jid, '/', 1) = $1)
      OR EXISTS (SELECT FROM verona.archive_extra WHERE room = room.id AND $1 IN (split_part(jid, '/', 1), to_jid))) ORDER BY node`,
  eraseMessages: `WITH erased AS (UPDATE verona.message SET nick = '', jid = '', occupant_id = '', id = stanza_id, corrects = NULL,
        payload = $3, search_text = NULL, search_terms = NULL
      WHERE position IN (SELECT position FROM verona.message WHERE room = (SELECT id FROM verona.room WHERE node = $1)
        AND split_part(jid, '/', 1) = $2 LIMIT $4) RETURNING 1),
    extras AS (UPDATE verona.archive_extra SET nick = '', jid = '', occupant_id = '', id = stanza_id, corrects = NULL, payload = '',
        to_nick = CASE WHEN to_nick IS NOT NULL THEN '' END, to_jid = CASE WHEN to_jid IS NOT NULL THEN '' END
      WHERE position IN (SELECT position FROM verona.archive_extra WHERE room = (SELECT id FROM verona.room WHERE node = $1)
        AND $2 IN (split_part(jid, '/', 1), to_jid) LIMIT $4) RETURNING 1)
    SELECT (SELECT count(*) FROM erased) + (SELECT count(*) FROM extras) AS n`,
  removeArchive: `SELECT coalesce(sum(verona.remove_oldest(name, id, $3, $2)), 0) AS n
    FROM verona.room, unnest(ARRAY['message', 'archive_extra']) AS name WHERE node = $1`,
  addApiToken: `INSERT INTO verona.api_token (${TOKEN_COLUMNS.join(", ")})
    VALUES (${TOKEN_COLUMNS.map((_, index) => `$${index + 1}`).join(", ")}) ON CONFLICT DO NOTHING RETURNING 1`,
  apiTokens: `SELECT ${TOKEN_COLUMNS.join(", ")} FROM verona.api_token ORDER BY name`,
  removeApiToken: "DELETE FROM verona.api_token WHERE name = $1 RETURNING 1",
  useApiToken: "UPDATE verona.api_token SET last_used = greatest(last_used, $1) WHERE id = $2",
  findApiRequest: "SELECT request, status, body FROM verona.api_request WHERE token = $1 AND key = $2",
  addApiRequest: `INSERT INTO verona.api_request (token, key, request, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (token, key) DO NOTHING RETURNING 1`,
  answerApiRequest: "UPDATE verona.api_request SET status = $1, body = $2 WHERE token = $3 AND key = $4",
  forgetApiRequest: "DELETE FROM verona.api_request WHERE token = $1 AND key = $2",
  trimApiRequests: `DELETE FROM verona.api_request WHERE at < $1 OR number IN (SELECT number FROM (
      SELECT number, row_number() OVER (PARTITION BY token ORDER BY number DESC) AS place FROM verona.api_request) AS ranked
    WHERE place > $2)`,
  webhooks: "SELECT id, settings, status FROM verona.webhook ORDER BY id",
  setWebhookStatus: "UPDATE verona.webhook SET status = $2 WHERE id = $1",
  deliveries: `SELECT id, event, at, body, error FROM verona.webhook_delivery
    WHERE hook = $1 AND is_dead = $2 AND id > $3 ORDER BY id LIMIT $4`,
  countDeliveries: `SELECT count(*) FILTER (WHERE NOT is_dead) AS waiting,
      coalesce(sum(octet_length(body)) FILTER (WHERE NOT is_dead), 0) AS bytes,
      count(*) FILTER (WHERE is_dead) AS dead
    FROM verona.webhook_delivery WHERE hook = $1`,
  removeDeliveries: "DELETE FROM verona.webhook_delivery WHERE id = ANY ($1::bigint[])",
  buryDeliveries: `WITH buried AS (UPDATE verona.webhook_delivery SET is_dead = true, error = $4 WHERE id IN (
      SELECT id FROM verona.webhook_delivery WHERE hook = $1 AND NOT is_dead AND at < $2 ORDER BY id LIMIT $3) RETURNING 1)
    SELECT count(*) AS n FROM buried`,
  reviveDeliveries: `WITH revived AS (UPDATE verona.webhook_delivery SET is_dead = false, error = NULL
      WHERE hook = $1 AND is_dead RETURNING 1)
    SELECT count(*) AS n FROM revived`,
  trimDeadLetters: `WITH removed AS (DELETE FROM verona.webhook_delivery WHERE hook = $1 AND is_dead AND (at < $2 OR id <= (
      SELECT id FROM verona.webhook_delivery WHERE hook = $1 AND is_dead ORDER BY id DESC LIMIT 1 OFFSET $3)) RETURNING 1)
    SELECT count(*) AS n FROM removed`,
  destroyedRooms: "SELECT node, venue, reason, members, reserved_until FROM verona.destroyed_room",
  // The latest messages, limited by number and by bytes.
  latestDiscussion: `SELECT ${COLUMNS} FROM (
      SELECT *, sum(octet_length(payload)) OVER (ORDER BY position DESC) AS bytes FROM (
        SELECT position, ${COLUMNS} FROM verona.message
        WHERE room = (SELECT id FROM verona.room WHERE node = $1) AND kind = 'discussion'
        ORDER BY position DESC LIMIT $2) AS latest) AS weighed
    WHERE bytes <= $3 ORDER BY position DESC`,
} as const;

/** A commit; the values are the identifier of the last commit, its own, its entries and its lists of messages. */
export const COMMIT = "SELECT verona.commit_entries($1, $2, $3, $4)";

/** A commit of a node; the first value is the node's number. */
export const COMMIT_AS_NODE = "SELECT verona.commit_as_node($1, $2, $3, $4, $5)";

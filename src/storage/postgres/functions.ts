// The functions of the database that apply a commit: one round trip for a transaction with any number of entries.
import { selectVersions } from "../message-versions.ts";
import { ACT_COLUMNS } from "../rows.ts";
import { userOf } from "./archive.ts";

/** SQLSTATE for a change of a room that is not stored. */
export const ROOM_NOT_STORED = "VR001";

/** SQLSTATE if the last commit in the database is not the one that the service knows. */
export const COMMITS_LOST = "VR002";

/** SQLSTATE for the commit of a node that is not registered any more. */
export const NODE_BURIED = "VR003";

const VERSIONS = selectVersions({
  table: "message",
  among: "TRUE",
  where: "room = number AND stanza_id = entry ->> 'stanzaId'",
  same: ["room", "occupant_id"],
  user: userOf,
});

const PRIVATE_VERSIONS = selectVersions({
  table: "archive_extra",
  among: "kind = 'private'",
  where: `room = number AND to_jid = entry ->> 'to' AND occupant_id = entry ->> 'author'
        AND entry ->> 'id' IN (id, corrects)`,
  same: ["room", "to_jid", "occupant_id"],
  user: userOf,
});

/** Applies the entries of a commit. A function of its own would take time at each commit. */
const APPLY_ENTRIES = `  FOR entry IN SELECT value FROM jsonb_array_elements(entries) LOOP
    CASE entry ->> 'kind'
      WHEN 'messages-archived' THEN
        IF add_messages(messages[(entry ->> 'list')::integer]::json) < (entry ->> 'count')::bigint THEN
          RAISE EXCEPTION 'a message of a room that is not stored' USING ERRCODE = '${ROOM_NOT_STORED}';
        END IF;
      WHEN 'room-stored' THEN
        PERFORM store_room(entry -> 'room');
      WHEN 'room-removed' THEN
        DELETE FROM room WHERE node = entry ->> 'node';
      WHEN 'room-renamed' THEN
        PERFORM rename_room(entry ->> 'from', entry ->> 'node', entry ->> 'terms');
      WHEN 'room-destroyed' THEN
        DELETE FROM destroyed_room WHERE node = entry -> 'destroyed' ->> 'node';
        INSERT INTO destroyed_room SELECT * FROM jsonb_populate_record(NULL::destroyed_room, entry -> 'destroyed');
      WHEN 'destroyed-room-forgotten' THEN
        DELETE FROM destroyed_room WHERE node = entry ->> 'node';
      WHEN 'act-recorded' THEN
        INSERT INTO act (${ACT_COLUMNS.join(", ")})
          SELECT ${ACT_COLUMNS.join(", ")} FROM jsonb_populate_record(NULL::act, entry -> 'act');
      WHEN 'webhook-stored' THEN
        INSERT INTO webhook (id, settings) VALUES (entry ->> 'id', entry ->> 'settings')
          ON CONFLICT (id) DO UPDATE SET settings = excluded.settings;
      WHEN 'webhook-removed' THEN
        DELETE FROM webhook WHERE id = entry ->> 'id';
      WHEN 'event-queued' THEN
        INSERT INTO webhook_delivery (hook, event, at, body)
          SELECT id, entry ->> 'event', (entry ->> 'at')::bigint, entry ->> 'body'
          FROM webhook WHERE id = entry ->> 'hook' FOR KEY SHARE;
      ELSE
        SELECT id INTO number FROM room WHERE node = entry ->> 'node';
        IF number IS NULL THEN
          RAISE EXCEPTION 'a change of the room %, which is not stored', entry -> 'node'
            USING ERRCODE = '${ROOM_NOT_STORED}';
        END IF;
        PERFORM change_room(number, entry);
    END CASE;
  END LOOP;
`;

/** Kinds of entries that may change the counters of rooms (room-counters.ts), which all nodes share. */
const COUNTED = "('room-stored', 'room-removed', 'room-renamed', 'config-changed')";

/**
 * `commit_entries(previous, new_id, entries, messages)` commits entries, which refer to lists of messages. It stores the
 * commit's identifier with them, so that a commit that is repeated is applied once. `commit_as_node` does the same for a
 * node of a cluster, whose commits have a chain of their own. Nodes commit at the same time. They have no rooms in common,
 * but the counters of rooms: a commit that may change one locks them all first, so that commits never wait for each other
 * in a circle.
 */
export const COMMIT_FUNCTIONS = `
CREATE FUNCTION verona.commit_entries(previous text, new_id text, entries jsonb, messages text[]) RETURNS void
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  entry jsonb;
  number bigint;
BEGIN
  UPDATE last_commit SET id = new_id WHERE id = previous;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM last_commit WHERE id = new_id) THEN RETURN; END IF;
    RAISE EXCEPTION 'the last commit is another one' USING ERRCODE = '${COMMITS_LOST}';
  END IF;
${APPLY_ENTRIES}END $$;

CREATE FUNCTION verona.commit_as_node(node_id bigint, previous text, new_id text, entries jsonb, messages text[])
RETURNS void LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  entry jsonb;
  number bigint;
BEGIN
  UPDATE node_commit SET last_commit = new_id WHERE node = node_id AND last_commit = previous;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM node_commit WHERE node = node_id AND last_commit = new_id) THEN RETURN; END IF;
    IF EXISTS (SELECT FROM node_commit WHERE node = node_id) THEN
      RAISE EXCEPTION 'the last commit is another one' USING ERRCODE = '${COMMITS_LOST}';
    END IF;
    RAISE EXCEPTION 'the node is not registered' USING ERRCODE = '${NODE_BURIED}';
  END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(entries) WHERE value ->> 'kind' IN ${COUNTED}
      OR (value ->> 'kind' = 'note-changed' AND value ->> 'name' = 'creator')) THEN
    PERFORM FROM room_count WHERE domain = '' FOR UPDATE;
  END IF;
${APPLY_ENTRIES}END $$;

-- Adds messages in their order. As json and not jsonb, which would be built only to be read once.
CREATE FUNCTION verona.add_messages(messages json) RETURNS bigint
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  number bigint;
BEGIN
  WITH added AS (
    INSERT INTO message (room, kind, stanza_id, at, nick, jid, occupant_id, affiliation, role, id, language, corrects,
        payload, search_text, search_terms)
      SELECT room.id, kind, stanza_id, at, nick, jid, occupant_id, affiliation, role, said.id, language, corrects,
        payload, search_text, array_to_tsvector(string_to_array(search_words, ' '))
      FROM ROWS FROM (json_to_recordset(messages) AS (node text, kind text, stanza_id text, at bigint, nick text,
          jid text, occupant_id text, affiliation text, role text, id text, language text, corrects text,
          payload text, search_text text, search_words text)) WITH ORDINALITY AS said
        JOIN room USING (node) ORDER BY ordinality
      RETURNING room
  ), counted AS (
    INSERT INTO archive_size (room, messages) SELECT room, count(*) FROM added GROUP BY room
      ON CONFLICT (room) DO UPDATE SET messages = archive_size.messages + excluded.messages
  )
  SELECT count(*) INTO number FROM added;
  RETURN number;
END $$;

CREATE FUNCTION verona.store_room(stored jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  number bigint;
BEGIN
  DELETE FROM room WHERE node = stored ->> 'node';
  INSERT INTO room (node, config, locked, subject, search_terms)
    VALUES (stored ->> 'node', stored -> 'config', (stored ->> 'locked')::boolean, stored -> 'subject',
      array_to_tsvector(string_to_array(stored ->> 'terms', ' ')))
    RETURNING id INTO number;
  INSERT INTO affiliation (room, jid, affiliation, reason, nick, until)
    SELECT number, jid, affiliation, reason, nick, until
    FROM jsonb_to_recordset(stored -> 'affiliations')
      AS (jid text, affiliation text, reason text, nick text, until bigint)
    WHERE affiliation <> 'none';
  INSERT INTO note (room, name, text) SELECT number, key, value FROM jsonb_each_text(stored -> 'notes');
  INSERT INTO session (room, jid, nick, role, payload, language)
    SELECT number, value ->> 'jid', value ->> 'nick', value ->> 'role', value ->> 'payload', value ->> 'language'
    FROM jsonb_array_elements(stored -> 'sessions') WITH ORDINALITY ORDER BY ordinality;
END $$;

CREATE FUNCTION verona.rename_room(old_node text, new_node text, terms text) RETURNS void
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  number bigint;
BEGIN
  -- The public list counts rooms by their names, without locked ones.
  UPDATE room SET locked = true WHERE node = old_node RETURNING id INTO number;
  IF number IS NULL THEN
    RAISE EXCEPTION 'a change of the room %, which is not stored', old_node USING ERRCODE = '${ROOM_NOT_STORED}';
  END IF;
  UPDATE room SET node = new_node, search_terms = array_to_tsvector(string_to_array(terms, ' ')) WHERE id = number;
  UPDATE room SET locked = false WHERE id = number;
  DELETE FROM session WHERE room = number;
  UPDATE act SET node = new_node WHERE node = old_node
    AND id >= coalesce((SELECT max(id) FROM act WHERE node = old_node AND kind = 'room-created'), 0);
END $$;

CREATE FUNCTION verona.change_room(number bigint, entry jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  record jsonb;
BEGIN
  CASE entry ->> 'kind'
    WHEN 'extra-archived' THEN
      INSERT INTO archive_extra (room, kind, stanza_id, at, nick, jid, occupant_id, affiliation, role, id, language, corrects,
          payload, to_nick, to_jid, message_type)
        SELECT number, kind, stanza_id, at, nick, jid, occupant_id, affiliation, role, id, language, corrects,
          payload, to_nick, to_jid, message_type
        FROM jsonb_populate_record(NULL::archive_extra, entry -> 'message');
      INSERT INTO archive_size (room, extras) VALUES (number, 1)
        ON CONFLICT (room) DO UPDATE SET extras = archive_size.extras + 1;
    WHEN 'private-retracted' THEN
      UPDATE archive_extra SET payload = entry ->> 'payload' WHERE position IN (${PRIVATE_VERSIONS});
    WHEN 'session-stored' THEN
      record := entry -> 'session';
      -- Its position becomes the last.
      INSERT INTO session (room, jid, nick, role, payload, language)
        VALUES (number, record ->> 'jid', record ->> 'nick', record ->> 'role', record ->> 'payload',
          record ->> 'language')
        ON CONFLICT (room, jid) DO UPDATE
        SET position = DEFAULT, nick = excluded.nick, role = excluded.role, payload = excluded.payload,
          language = excluded.language;
    WHEN 'session-removed' THEN
      DELETE FROM session WHERE room = number AND jid = entry ->> 'jid';
    WHEN 'config-changed' THEN
      UPDATE room SET config = entry -> 'config', locked = (entry ->> 'locked')::boolean,
        search_terms = array_to_tsvector(string_to_array(entry ->> 'terms', ' ')) WHERE id = number;
    WHEN 'subject-changed' THEN
      UPDATE room SET subject = entry -> 'subject' WHERE id = number;
    WHEN 'affiliation-changed' THEN
      record := entry -> 'record';
      IF record ->> 'affiliation' = 'none' THEN
        DELETE FROM affiliation WHERE room = number AND jid = record ->> 'jid';
      ELSE
        INSERT INTO affiliation (room, jid, affiliation, reason, nick, until)
          VALUES (number, record ->> 'jid', record ->> 'affiliation', record ->> 'reason', record ->> 'nick',
            (record ->> 'until')::bigint)
          ON CONFLICT (room, jid) DO UPDATE
          SET affiliation = excluded.affiliation, reason = excluded.reason, nick = excluded.nick,
            until = excluded.until;
      END IF;
    WHEN 'note-changed' THEN
      IF entry ? 'text' THEN
        INSERT INTO note (room, name, text) VALUES (number, entry ->> 'name', entry ->> 'text')
          ON CONFLICT (room, name) DO UPDATE SET text = excluded.text;
      ELSE
        DELETE FROM note WHERE room = number AND name = entry ->> 'name';
      END IF;
    WHEN 'message-retracted' THEN
      UPDATE message SET payload = entry ->> 'payload', search_text = NULL, search_terms = NULL
        WHERE position IN (${VERSIONS});
  END CASE;
END $$;`;

// The migrations of the tables in a PostgreSQL database (migrate.ts).

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
  // Records of acts outlive the room: its node is text.
  `CREATE TABLE verona.act (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     node text COLLATE "C" NOT NULL,
     at bigint NOT NULL,
     kind text NOT NULL,
     by_jid text,
     target text,
     reason text,
     rule text,
     detail text
   );
   CREATE INDEX act_room ON verona.act (node, id);
   CREATE INDEX act_creation ON verona.act (node, id) WHERE kind = 'room-created';`,
  // Affiliations that end at a time.
  "ALTER TABLE verona.affiliation ADD COLUMN until bigint;",
  // Hashes of the blocklists that the service follows (blocklist-table.ts).
  `CREATE SEQUENCE verona.blocklist_version;
   CREATE TABLE verona.blocklist_item (
     version bigint NOT NULL,
     list text COLLATE "C" NOT NULL,
     hash text COLLATE "C" NOT NULL,
     is_removed boolean NOT NULL,
     PRIMARY KEY (list, hash)
   );
   CREATE INDEX blocklist_change ON verona.blocklist_item (list, version);`,
  // Tokens of the HTTP API, and requests that clients may repeat (api-table.ts). A request has no status until it is answered.
  `CREATE TABLE verona.api_token (
     id text COLLATE "C" PRIMARY KEY,
     name text COLLATE "C" NOT NULL UNIQUE,
     hash text NOT NULL,
     scope text NOT NULL,
     rooms text,
     created bigint NOT NULL,
     expires bigint,
     last_used bigint
   );
   CREATE TABLE verona.api_request (
     number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     token text COLLATE "C" NOT NULL REFERENCES verona.api_token ON DELETE CASCADE,
     key text COLLATE "C" NOT NULL,
     request text NOT NULL,
     at bigint NOT NULL,
     status integer,
     body text,
     UNIQUE (token, key)
   );
   CREATE INDEX api_request_number ON verona.api_request (token, number);
   CREATE INDEX api_request_time ON verona.api_request (at);`,
  // Webhooks, and the events that each of them shall get (webhook-table.ts).
  `CREATE TABLE verona.webhook (id text PRIMARY KEY, settings text NOT NULL, status text NOT NULL DEFAULT '{}');
   CREATE TABLE verona.webhook_delivery (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     hook text NOT NULL REFERENCES verona.webhook ON DELETE CASCADE,
     event text NOT NULL,
     at bigint NOT NULL,
     body text NOT NULL,
     is_dead boolean NOT NULL DEFAULT false,
     error text
   );
   CREATE INDEX webhook_queue ON verona.webhook_delivery (hook, is_dead, id);`,
  // Bans from all rooms (account-table.ts).
  `CREATE TABLE verona.service_ban (
     account text COLLATE "C" PRIMARY KEY, reason text, by_jid text, at bigint NOT NULL
   );`,
  // Rooms in which something waits for a moderator.
  "CREATE INDEX note_waiting ON verona.note (room) WHERE name IN ('held-messages', 'reports')",
  // Rooms whose owners have named a group that shares bans.
  "CREATE INDEX room_ban_group ON verona.room (node) WHERE config ->> 'banGroup' <> '';",
];

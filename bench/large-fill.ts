// Fills the tables of an empty store with rooms and messages, without its commits, which would take hours.
import { DatabaseSync } from "node:sqlite";
import pg from "pg";

interface Amount {
  readonly messages: number;
  readonly rooms: number;
}

const COLUMNS =
  "room, kind, stanza_id, at, nick, jid, occupant_id, affiliation, role, id, payload, search_text";

/** Returns the values of a message for each number `i`. Each tenth message is in the first room. */
const said = ({ rooms }: Amount, room: string): string => {
  const speaker = "'witch' || ((i / 10) % 20)";
  const text = `'Double, double toil and trouble: verse' || i || CASE i % 101 WHEN 0 THEN ' newt' ELSE '' END`;
  return `(SELECT id FROM ${room} WHERE node = 'room' || CASE i % 10 WHEN 0 THEN 0 ELSE 1 + i % ${rooms - 1} END),
    'discussion', 's' || i, i * 1000, ${speaker}, ${speaker} || '@bench.example/phone', ${speaker}, 'none', 'participant',
    'm' || i, '<body>' || ${text} || '</body>', ${text}`;
};

/** Fills an SQLite file that no store has open. */
export function fillSqlite(path: string, amount: Amount): void {
  const database = new DatabaseSync(path);
  const indexes = database
    .prepare(
      "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'message' AND type = 'index' AND sql IS NOT NULL",
    )
    .all();
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN");
  for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
  database.exec(`WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${amount.messages - 1})
    INSERT INTO message (${COLUMNS}, time_run) SELECT ${said(amount, "room")}, 1 FROM numbers`);
  for (const { sql } of indexes) database.exec(String(sql));
  database.exec(`INSERT INTO message_search (message_search) VALUES ('rebuild');
    UPDATE search_progress SET position = (SELECT max(position) FROM message);
    INSERT INTO archive_size (room, messages) SELECT room, count(*) FROM message GROUP BY room;
    COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
  database.close();
}

/** Fills a PostgreSQL database beside its store. */
export async function fillPostgres(url: string, amount: Amount): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const indexes = await client.query(`SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'verona' AND tablename = 'message' AND indexname NOT LIKE '%key'`);
  for (const { indexname } of indexes.rows) await client.query(`DROP INDEX verona.${indexname}`);
  await client.query(`INSERT INTO verona.message (${COLUMNS}, search_terms) SELECT ${said(amount, "verona.room")},
      array_to_tsvector(string_to_array('double toil and trouble verse' || i || CASE i % 101 WHEN 0 THEN ' newt' ELSE '' END, ' '))
    FROM generate_series(0::bigint, ${amount.messages - 1}) AS i`);
  for (const { indexdef } of indexes.rows) await client.query(String(indexdef));
  await client.query(
    "INSERT INTO verona.archive_size (room, messages) SELECT room, count(*) FROM verona.message GROUP BY room",
  );
  await client.query("VACUUM ANALYZE verona.message");
  await client.end();
}

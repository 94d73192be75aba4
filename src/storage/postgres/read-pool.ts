import pg from "pg";
import { KEEP_ALIVE } from "./writer.ts";

/** Connections for reading; one more writes. */
export const READERS = 5;
export const CONNECT_TIMEOUT = 5_000;
/** Closes a connection that has not answered a read for this time; milliseconds. */
export const READ_TIMEOUT = 30_000;
/** The database cancels a read after this time; milliseconds. */
const STATEMENT_TIMEOUT = 25_000;

/** Opens the connections for reading. `id` identifies the process. */
export function openReadPool(url: string, id: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `verona reader ${id}`,
    max: READERS,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: READ_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    ...KEEP_ALIVE,
  });
  // The pool replaces idle connections that are lost.
  pool.on("error", () => {});
  return pool;
}

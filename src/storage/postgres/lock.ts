// One writer at a time: an advisory lock, which a session holds as long as it lasts.
import { setTimeout as delay } from "node:timers/promises";
import type { ClientBase } from "pg";
import { StorageError } from "../store.ts";

/** The number of the lock ("Vero"); below 2^32, so that `pg_locks` has it as `objid`. */
const LOCK = 0x5665726f;

/** How long to wait for a process that is about to end, as at a restart: its last commit may be under way. Milliseconds. */
const PATIENCE = 6_000;
/** So long for a session of this process, which was told to end. */
const OWN_PATIENCE = 3_000;
const POLL = 100;

/** A session of the database, which is never mistaken for another. */
export interface SessionName {
  readonly pid: number;
  readonly since: string;
}

/** What this session is called. */
export async function nameOf(client: ClientBase): Promise<SessionName> {
  const { pid, since } = (await client.query(OWN_NAME)).rows[0] ?? {};
  return { pid: Number(pid), since: String(since) };
}

const OWN_NAME =
  "SELECT pid, backend_start::text AS since FROM pg_stat_activity WHERE pid = pg_backend_pid()";

const HOLDER = `SELECT pid, backend_start::text AS since, coalesce(host(client_addr), 'the database''s machine') AS place
  FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = ${LOCK} AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/**
 * Takes the lock for this session. `own` are those of this process: where one before is still there, as where only the
 * network was lost, it is ended. So whoever has the lock knows that nothing of a session before is under way any more.
 * Throws `StorageError` where another process has the lock, and an error that may pass where a session before does not end.
 */
export async function takeLock(
  client: ClientBase,
  own: readonly SessionName[],
  target: string,
): Promise<void> {
  const start = performance.now();
  for (;;) {
    const taken = await client.query(`SELECT pg_try_advisory_lock(${LOCK}) AS taken`);
    if (taken.rows[0]?.taken === true) return;
    const holder = (await client.query(HOLDER)).rows[0];
    const isOwn = own.some(({ pid, since }) => holder?.pid === pid && holder?.since === since);
    if (isOwn) await client.query("SELECT pg_terminate_backend($1)", [holder.pid]);
    if (holder && performance.now() - start > (isOwn ? OWN_PATIENCE : PATIENCE))
      throw isOwn
        ? new Error(`the previous session does not end (process ${holder.pid} of PostgreSQL)`)
        : new StorageError(
            `another Verona uses the database ${target} (process ${holder.pid} of PostgreSQL, from ${holder.place}, since ${holder.since}); stop it, or use another database`,
          );
    await delay(POLL);
  }
}

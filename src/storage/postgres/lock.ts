// Allows one writer at a time, or the nodes of a cluster together, by an advisory lock that ends with its session: a single
// process has it exclusively, nodes share it.
import { setTimeout as delay } from "node:timers/promises";
import type { ClientBase } from "pg";
import { StorageError } from "../store.ts";

/** The number of the lock ("Vero"); below 2^32, so that `pg_locks` shows it as `objid`. */
export const LOCK = 0x5665726f;

/** The time to wait for a process that is ending, as at a restart: its last commit may still run. Milliseconds. */
export const PATIENCE = 6_000;
/** The time to wait for a session of this process that was told to end; milliseconds. */
const OWN_PATIENCE = 3_000;
export const POLL = 100;

/** Identifies a database session permanently, as process ids are reused. */
export interface SessionName {
  readonly pid: number;
  readonly since: string;
}

/** Reads the identity of this session. */
export async function nameOf(client: ClientBase): Promise<SessionName> {
  const { pid, since } = (await client.query(OWN_NAME)).rows[0] ?? {};
  return { pid: Number(pid), since: String(since) };
}

const OWN_NAME =
  "SELECT pid, backend_start::text AS since FROM pg_stat_activity WHERE pid = pg_backend_pid()";

/** The condition for the row of `pg_locks` that shows who has the lock. */
export const IS_LOCK = `locktype = 'advisory' AND granted AND classid = 0 AND objid = ${LOCK} AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const HOLDER = `SELECT pid, backend_start::text AS since, coalesce(host(client_addr), 'the database''s machine') AS place
  FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE ${IS_LOCK}`;

/** Takes the lock for this session if nobody has it. Returns true if the session has it now. */
export async function tryLock(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query(`SELECT pg_try_advisory_lock(${LOCK}) AS taken`);
  return rows[0]?.taken === true;
}

/** Takes the lock for this session if no single process has it. Nodes share it. */
export async function tryLockAsNode(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query(`SELECT pg_try_advisory_lock_shared(${LOCK}) AS taken`);
  return rows[0]?.taken === true;
}

/** The lock of the node that registers at the moment ("Verp"). */
const REGISTRATION_LOCK = LOCK + 1;

/** Begins a registration, unless another node does so at the moment. It ends with `endRegistration`, or with its session. */
export async function tryRegistration(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query(`SELECT pg_try_advisory_lock(${REGISTRATION_LOCK}) AS taken`);
  return rows[0]?.taken === true;
}

export async function endRegistration(client: ClientBase): Promise<void> {
  await client.query(`SELECT pg_advisory_unlock(${REGISTRATION_LOCK})`);
}

interface LockOptions {
  /** Sessions of this process. */
  readonly own: readonly SessionName[];
  /** A node shares the lock with others. */
  readonly asNode?: boolean;
  /** This process had the lock before. */
  readonly hadLock: boolean;
  /** Names the database to the operator. */
  readonly target: string;
}

/**
 * Takes the lock for this session. Terminates an earlier session of this process that is still there, as after a lost
 * network: the holder of the lock knows that no earlier session is still at work. Throws `StorageError` if another
 * process has the lock: at once if this process had it before, else after a while. Throws a temporary error if an
 * earlier session does not end.
 */
export async function takeLock(
  client: ClientBase,
  { own, hadLock, target, asNode = false }: LockOptions,
): Promise<void> {
  const start = performance.now();
  for (;;) {
    if (await (asNode ? tryLockAsNode(client) : tryLock(client))) return;
    const holder = (await client.query(HOLDER)).rows[0];
    const isOwn = own.some(({ pid, since }) => holder?.pid === pid && holder?.since === since);
    if (isOwn) await client.query("SELECT pg_terminate_backend($1)", [holder.pid]);
    const patience = isOwn ? OWN_PATIENCE : hadLock ? 0 : PATIENCE;
    if (holder && performance.now() - start > patience)
      throw isOwn
        ? new Error(`the previous session does not end (process ${holder.pid} of PostgreSQL)`)
        : inUse(target, `process ${holder.pid} of PostgreSQL, from ${holder.place}, since ${holder.since}`);
    await delay(POLL);
  }
}

/** Says that another process, which `who` describes, uses the database. */
export const inUse = (target: string, who: string): StorageError =>
  new StorageError(`another Verona uses the database ${target} (${who}); stop it, or use another database`);

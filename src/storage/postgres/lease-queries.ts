// The SQL of the lease. `verona.lease` has one row, `verona.standby` one for each process that waits.
import { IS_LOCK, LOCK } from "./lock.ts";

const SESSION_PREFIX = "verona ";

/** Names the sessions by which standbys see that a process is there. */
export const sessionName = (id: string): string => `${SESSION_PREFIX}${id}`;

/** The condition for the sessions of a process, which is an SQL expression. */
const SESSIONS_OF = (process: string): string => `application_name = '${SESSION_PREFIX}' || ${process}`;

/** Says whether the process in the column `holder` has sessions, as the column `has_session`. */
export const HAS_SESSION = `EXISTS (SELECT FROM pg_stat_activity WHERE ${SESSIONS_OF("holder")}) AS has_session`;

/** Tries to take the lock, and reads the lease. */
export const LOOK = `SELECT pg_try_advisory_lock(${LOCK}) AS taken, epoch::text, beat::text, holder, link_up,
    ${HAS_SESSION}
  FROM verona.lease`;

export const UNLOCK = `SELECT pg_advisory_unlock(${LOCK})`;

/** Ends the sessions of the process $1. */
export const END_SESSIONS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${SESSIONS_OF("$1")}`;

/** Ends the session that has the lock. */
export const END_LOCK = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE ${IS_LOCK}`;

/** Notes that the standby $1 is there; $2: it reaches the XMPP server. */
export const NOTE_STANDBY = `INSERT INTO verona.standby VALUES ($1, clock_timestamp(), $2)
  ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, reaches_server = excluded.reaches_server`;

/** Forgets the standby $1, and those that ended long ago. */
export const FORGET_STANDBY =
  "DELETE FROM verona.standby WHERE id = $1 OR seen < clock_timestamp() - interval '1 day'";

/** Tells whether the database has tables for nodes, which came after the lease. */
export const HAS_NODES = "SELECT to_regclass('verona.node') IS NOT NULL AS has_nodes";

const beginEpoch = (alsoDone: string): string => `WITH begun AS (
    UPDATE verona.lease SET epoch = epoch + 1, holder = $2, link_up = true
      WHERE $2::text IS NULL OR holder = $2 OR (epoch = $3 AND beat = $4) RETURNING epoch
  ), fence AS (UPDATE verona.last_commit SET id = $1 WHERE EXISTS (SELECT FROM begun))${alsoDone}
  SELECT epoch::text FROM begun`;

/**
 * Begins an epoch: no earlier process can renew its lease or commit, because the last commit has the identifier $1 now.
 * The process $2 has the lease. Returns no row if the lease is not in the epoch $3 with the beat $4 any more: its holder
 * has renewed it, or another process was faster. Without a process ($2 is NULL) nobody has a lease, and $3 and $4 do not
 * matter. Nodes lose their registration, and so cannot commit either. One statement, and so one transaction; it can be
 * repeated.
 */
export const BEGIN_EPOCH = beginEpoch(
  ", removed AS (DELETE FROM verona.node WHERE EXISTS (SELECT FROM begun))",
);
/** The same in a database without tables for nodes. */
export const BEGIN_EARLY_EPOCH = beginEpoch("");

/**
 * Renews the lease of the epoch $1 for the process $2; $3: it has a link. Two processes may count the same epoch if the
 * database has lost the beginning of one, as in a restored backup.
 */
export const RENEW = `UPDATE verona.lease SET beat = beat + 1, link_up = $3 WHERE epoch = $1 AND holder = $2
  RETURNING EXISTS (SELECT FROM verona.standby
    WHERE reaches_server AND seen > clock_timestamp() - interval '3 seconds') AS has_ready_standby`;

/** Returns the lease of the epoch $1. */
export const RETURN = "UPDATE verona.lease SET holder = NULL WHERE epoch = $1";

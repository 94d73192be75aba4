// The SQL of nodes that serve together (cluster-functions.ts). `verona.node` has one row for each that is registered.
import { SESSIONS_OF } from "./lease-queries.ts";

/** The registered nodes, and whether their processes have sessions. */
export const NODES = `SELECT id::text AS epoch, name, beat::text, holder,
    EXISTS (SELECT FROM pg_stat_activity WHERE ${SESSIONS_OF("holder")}) AS has_session
  FROM verona.node`;

/** The lease of a single process, if it has one. */
export const SINGLE_HOLDER = `SELECT 'single ' || epoch AS epoch, beat::text, holder,
    EXISTS (SELECT FROM pg_stat_activity WHERE ${SESSIONS_OF("holder")}) AS has_session
  FROM verona.lease WHERE holder IS NOT NULL`;

/** Removes the node $1 if its beat is still $2. */
export const REMOVE_NODE = "DELETE FROM verona.node WHERE id = $1 AND beat = $2 RETURNING id";

/**
 * Takes the lease from the process $1 with the beat $2, unless it has been renewed. Its commits fail: the last commit has
 * the identifier $3 now.
 */
export const END_EPOCH = `WITH ended AS (
    UPDATE verona.lease SET epoch = epoch + 1, holder = NULL WHERE holder = $1 AND beat = $2 RETURNING epoch
  ), fence AS (UPDATE verona.last_commit SET id = $3 WHERE EXISTS (SELECT FROM ended))
  SELECT epoch FROM ended`;

/** Registers the process $2 under the name $1; $3: the identifier that its first commit follows; $4: a secret, if there is none. */
export const REGISTER = "SELECT node::text, secret FROM verona.register_node($1, $2, $3, $4)";

/**
 * Renews the lease of the node $1, the process $2; $3: it has a link. Returns no row if it is not registered any more. Another
 * node that has a link, and has renewed its lease, is ready to serve.
 */
export const RENEW_NODE = `UPDATE verona.node SET beat = beat + 1, seen = clock_timestamp(), link_up = $3
  WHERE id = $1 AND holder = $2
  RETURNING (SELECT version FROM verona.cluster)::text AS version, EXISTS (SELECT FROM verona.node AS other
    WHERE other.id <> $1 AND other.link_up AND other.seen > clock_timestamp() - interval '3 seconds') AS has_ready_standby`;

/** Removes the registration of the node $1, the process $2. Its slots belong to nobody. */
export const LEAVE = "DELETE FROM verona.node WHERE id = $1 AND holder = $2";

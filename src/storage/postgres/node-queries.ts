// The SQL of nodes that serve together (cluster-functions.ts). `verona.node` has one row for each that is registered.
import { HAS_SESSION } from "./lease-queries.ts";

/** The registered nodes, and whether their processes have sessions. */
export const NODES = `SELECT id::text AS epoch, name, beat::text, holder,
    ${HAS_SESSION}
  FROM verona.node`;

/** Those of the nodes $1 that are registered. */
export const WATCHED_NODES = `${NODES} WHERE id = ANY ($1)`;

/** The lease of a single process, if it has one. */
export const SINGLE_HOLDER = `SELECT 'single ' || epoch AS epoch, beat::text, holder,
    ${HAS_SESSION}
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

/** Notes that the node $1 is there. The write also shows that the database commits. */
export const NOTE_NODE = "UPDATE verona.node SET seen = clock_timestamp() WHERE id = $1";

export const IS_REGISTERED = "SELECT FROM verona.node WHERE id = $1";

/** Nodes and slots, and their version. One statement, so that all are from the same moment. */
export const VIEW = `SELECT version::text,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id::text, 'name', name, 'isReady', is_ready) ORDER BY id), '[]')
      FROM verona.node) AS nodes,
    (SELECT jsonb_agg(jsonb_build_object('owner', node::text, 'epoch', epoch) ORDER BY number) FROM verona.slot) AS slots
  FROM verona.cluster`;

/** Notes whether the node $1 is ready. */
export const SET_READY = "UPDATE verona.node SET is_ready = $2 WHERE id = $1";

/** Has the node $1 own those of the slots $2 that nobody owns. */
export const CLAIM = "SELECT verona.claim_slots($1, $2)";

/** Gives slots of the node $1 to the node $2; $3: the slots, with their epochs. */
export const GIVE = "SELECT verona.give_slots($1, $2, $3, $4) AS is_given";

/** The node $1 buries the node $2, whose beat is $3; $4: who gets which of its slots. */
export const BURY = "SELECT verona.bury_node($1, $2, $3, $4) AS is_buried";

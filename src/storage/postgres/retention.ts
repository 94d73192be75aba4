// Retention in a PostgreSQL database (XEP-0313 section 3.2): beside commits, which never wait for more than a removal.

import { planRetention } from "../retention-plan.ts";
import type { RetentionLimits, RetentionStep, RetentionWork } from "../store.ts";
import type { Query } from "./archive.ts";

/**
 * `remove_oldest(part, number, most, before)` removes messages of an archive. It skips an archive that a commit is
 * changing, so that it never waits while it holds a lock. Its own commit does not wait for the disk: what a crash brings
 * back is removed again.
 */
export const RETENTION_FUNCTION = `
CREATE FUNCTION verona.remove_oldest(part text, number bigint, most bigint, before bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  removed bigint;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM FROM archive WHERE room = number FOR UPDATE NOWAIT;
  EXECUTE format('DELETE FROM %1$I WHERE place IN (SELECT place FROM %1$I
    WHERE room = $1 AND ($3 IS NULL OR at < $3) ORDER BY %2$I LIMIT $2 FOR UPDATE NOWAIT)',
    part, CASE WHEN before IS NULL THEN 'place' ELSE 'at' END) USING number, most, before;
  GET DIAGNOSTICS removed = ROW_COUNT;
  EXECUTE format('UPDATE archive SET %1$I = %1$I - $2 WHERE room = $1', part || 's') USING number, removed;
  DELETE FROM archive WHERE room = number AND messages = 0 AND asides = 0;
  RETURN removed;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END $$;`;

const ARCHIVES = `SELECT archive.room AS archive, messages, asides, room.id IS NULL AS is_left,
    config ->> 'archiveDays' AS days, config ->> 'archiveMessages' AS most,
    (SELECT min(at) FROM verona.message WHERE room = archive.room) AS earliest,
    (SELECT min(at) FROM verona.aside WHERE room = archive.room) AS earliest_aside
  FROM verona.archive LEFT JOIN verona.room ON room.id = archive.room
  WHERE archive.room > $1 ORDER BY archive.room LIMIT $2`;

/** One step, with the faults of the database. */
export async function removeMessages(
  run: Query,
  limits: RetentionLimits,
  work: RetentionWork,
): Promise<RetentionStep> {
  const plan = planRetention(await run(ARCHIVES, [work.after, work.archives]), limits, work);
  let next = plan.next();
  while (!next.done) {
    const { part, archive, count, before } = next.value;
    const values = [part, archive, count, before];
    const [row] = await run("SELECT verona.remove_oldest($1, $2, $3, $4) AS n", values);
    next = plan.next(Number(row?.n));
  }
  return next.value;
}

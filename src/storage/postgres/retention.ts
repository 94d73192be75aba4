// Retention in a PostgreSQL database (XEP-0313 section 3.2). It runs beside commits, which wait for one removal at most.

import { deadlineOf, planRetention } from "../retention-plan.ts";
import type { RetentionLimits, RetentionStep, RetentionWork } from "../store.ts";
import type { Query } from "./archive.ts";

/**
 * `remove_oldest(from_table, number, most, before)` removes messages of an archive. It skips an archive that a commit is
 * changing, so that it never waits while it holds a lock. Its own commit does not wait for the disk: what a crash brings
 * back is removed again.
 */
export const RETENTION_FUNCTION = `
CREATE FUNCTION verona.remove_oldest(from_table text, number bigint, most bigint, before bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  removed bigint;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM FROM archive_size WHERE room = number FOR UPDATE NOWAIT;
  EXECUTE format('DELETE FROM %1$I WHERE position IN (SELECT position FROM %1$I
    WHERE room = $1 AND ($3 IS NULL OR at < $3) ORDER BY %2$I LIMIT $2 FOR UPDATE NOWAIT)',
    from_table, CASE WHEN before IS NULL THEN 'position' ELSE 'at' END) USING number, most, before;
  GET DIAGNOSTICS removed = ROW_COUNT;
  EXECUTE format('UPDATE archive_size SET %1$I = %1$I - $2 WHERE room = $1',
    CASE from_table WHEN 'message' THEN 'messages' ELSE 'extras' END) USING number, removed;
  DELETE FROM archive_size WHERE room = number AND messages = 0 AND extras = 0;
  RETURN removed;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END $$;`;

const ARCHIVES = `SELECT archive_size.room AS archive, messages, extras, room.id IS NULL AS is_orphan,
    config ->> 'archiveDays' AS days, config ->> 'archiveMessages' AS most,
    (SELECT min(at) FROM verona.message WHERE room = archive_size.room) AS earliest,
    (SELECT min(at) FROM verona.archive_extra WHERE room = archive_size.room) AS earliest_extra
  FROM verona.archive_size LEFT JOIN verona.room ON room.id = archive_size.room
  WHERE archive_size.room > $1 ORDER BY archive_size.room LIMIT $2`;

/** Runs one step. Throws the errors of the database. */
export async function removeMessages(
  run: Query,
  limits: RetentionLimits,
  work: RetentionWork,
): Promise<RetentionStep> {
  const isOver = deadlineOf(work);
  const plan = planRetention(await run(ARCHIVES, [work.after, work.archives]), limits, work, isOver);
  let next = plan.next();
  while (!next.done) {
    const { table, archive, count, before } = next.value;
    const values = [table, archive, count, before];
    const [row] = await run("SELECT verona.remove_oldest($1, $2, $3, $4) AS n", values);
    next = plan.next(Number(row?.n));
  }
  return next.value;
}

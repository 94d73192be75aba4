// Plans the removals of a step of retention (XEP-0313 section 3.2): by number the first messages, by age those with an
// earlier time at any position, as clocks are set back and archives are imported.
import { archiveLimits, oldestKept } from "../muc/archive/archive-limits.ts";
import type { Row } from "./rows.ts";
import type { RetentionLimits, RetentionStep, RetentionWork } from "./store.ts";

/** Maximum number of messages that are removed at a time: about a millisecond of work. */
const PORTION = 20;

/** Returns a function that is true when the time of a step is over. */
export function deadlineOf({ milliseconds }: RetentionWork): () => boolean {
  const end = performance.now() + milliseconds;
  return () => performance.now() >= end;
}

/** At most `count` of the messages, or extras, of the archive with that number. */
export interface Removal {
  readonly table: "message" | "archive_extra";
  readonly archive: number;
  readonly count: number;
  /** Removes messages from before this time, in milliseconds since 1970; null removes the first ones. */
  readonly before: number | null;
}

/**
 * Yields one removal after the other, receives the number of removed messages, and returns the result of the step. The
 * rows are archives in the order of their numbers: `archive`, `messages` and `extras` (their numbers), `earliest` and
 * `earliest_extra` (the lowest times), `is_orphan` if the room no longer exists, and the limits of the room, `days` and
 * `most`.
 */
export function* planRetention(
  rows: readonly Row[],
  limits: RetentionLimits,
  work: RetentionWork,
  isOver: () => boolean,
): Generator<Removal, RetentionStep, number> {
  let removed = 0;
  let { after } = work;
  for (const row of rows) {
    const archive = Number(row.archive);
    for (const { count, ...removal } of removalsFrom(row, limits)) {
      for (let left = count; left > 0; ) {
        const portion = Math.min(PORTION, left, work.messages - removed);
        const found = yield { ...removal, archive, count: portion };
        removed += found;
        left -= found;
        // This archive may have more to remove.
        if (removed >= work.messages || isOver()) return { removed, after };
        if (found < portion) break;
      }
    }
    after = archive;
    if (isOver()) return { removed, after };
  }
  return { removed, after: rows.length < work.archives ? undefined : after };
}

/** Reads a limit of the room. A damaged configuration has no limits, so that nothing is removed for that. */
function limitOf(value: unknown): number {
  const limit = Number(value ?? 0);
  return Number.isSafeInteger(limit) && limit >= 0 ? limit : 0;
}

type PartOfArchive = Omit<Removal, "archive">;

function removalsFrom(row: Row, service: RetentionLimits): PartOfArchive[] {
  const own = { archiveDays: limitOf(row.days), archiveMessages: limitOf(row.most) };
  const { days, messages } = archiveLimits(own, service);
  const most = row.is_orphan ? 0 : messages || Number.POSITIVE_INFINITY;
  const oldest = oldestKept(service.now, { days });
  const parts = [
    { table: "message", count: Number(row.messages), earliest: row.earliest },
    { table: "archive_extra", count: Number(row.extras), earliest: row.earliest_extra },
  ] as const;
  return parts.flatMap(({ table, count, earliest }) => {
    const isOld = earliest !== null && Number(earliest) < oldest;
    return [
      ...(count > most ? [{ table, count: count - most, before: null }] : []),
      ...(isOld ? [{ table, count, before: oldest }] : []),
    ];
  });
}

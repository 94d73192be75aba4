// What retention removes of the archives that a step looks at (XEP-0313 section 3.2): beyond their number what was said
// first; by age what has an earlier time, wherever it stands, as clocks are set and archives brought from elsewhere.
import { archiveLimits, oldestKept } from "../muc/archive/archive-limits.ts";
import type { Row } from "./rows.ts";
import type { RetentionLimits, RetentionStep, RetentionWork } from "./store.ts";

/** At most `count` of the messages, or extras, of the archive with that number. */
export interface Removal {
  readonly table: "message" | "archive_extra";
  readonly archive: number;
  readonly count: number;
  /** In milliseconds since 1970: those from before that time. Null: those that were said first, whatever their time. */
  readonly before: number | null;
}

/**
 * Says one after the other what is to be removed, is told how many messages that were, and returns what the step
 * has done. The rows are archives in the order of their numbers: `archive`, `messages` and `extras` (how many), `earliest`
 * and `earliest_extra` (the lowest time among them), `is_orphan` where there is no such room any more, `days` and `most` as
 * the room has them.
 */
export function* planRetention(
  rows: readonly Row[],
  limits: RetentionLimits,
  work: RetentionWork,
): Generator<Removal, RetentionStep, number> {
  let removed = 0;
  let { after } = work;
  for (const row of rows) {
    const archive = Number(row.archive);
    for (const { count, ...removal } of removalsFrom(row, limits)) {
      removed += yield { ...removal, archive, count: Math.min(count, work.messages - removed) };
      // There may be more of it in this archive.
      if (removed >= work.messages) return { removed, after };
    }
    after = archive;
  }
  return { removed, after: rows.length < work.archives ? undefined : after };
}

/** A limit of the room's own; none where its configuration is damaged, so that nothing is removed for that. */
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

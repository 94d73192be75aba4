// What retention removes of the archives that a step looks at (XEP-0313 section 3.2): always the oldest.
import { archiveLimits, oldestKept } from "../muc/archive-limits.ts";
import type { Row } from "./rows.ts";
import type { RetentionLimits, RetentionStep, RetentionWork } from "./store.ts";

/** The oldest `count` messages of the archive with that number, as far as they are from before a time. */
export interface Removal {
  readonly archive: number;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly before: number;
}

/** Whatever its age. */
const ANY_TIME = Number.MAX_SAFE_INTEGER;

/**
 * Says one after the other what is to be removed, is told how many messages that were, and returns what the step
 * has done. The rows are archives in the order of their numbers: `archive`, `messages` (how many), `first_at` (when its
 * first message was said), `is_left` where there is no such room any more, `days` and `most` as the room has them.
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
    for (const { count, before } of removalsFrom(row, limits)) {
      removed += yield { archive, count: Math.min(count, work.messages - removed), before };
      // There may be more of it in this archive.
      if (removed >= work.messages) return { removed, after };
    }
    after = archive;
  }
  return { removed, after: rows.length < work.archives ? undefined : after };
}

function removalsFrom(row: Row, service: RetentionLimits): Pick<Removal, "count" | "before">[] {
  const count = Number(row.messages);
  if (row.is_left) return [{ count, before: ANY_TIME }];
  const own = { archiveDays: Number(row.days ?? 0), archiveMessages: Number(row.most ?? 0) };
  const limits = archiveLimits(own, service);
  const surplus = limits.messages === 0 ? 0 : count - limits.messages;
  const oldest = oldestKept(service.now, limits);
  const isOld = row.first_at !== null && Number(row.first_at) < oldest;
  return [
    ...(surplus > 0 ? [{ count: surplus, before: ANY_TIME }] : []),
    ...(isOld ? [{ count, before: oldest }] : []),
  ];
}

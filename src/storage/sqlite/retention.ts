// Retention in an SQLite database (XEP-0313 section 3.2).
import { deadlineOf, planRetention, type Removal } from "../retention-plan.ts";
import type { RetentionLimits, RetentionStep, RetentionWork } from "../store.ts";
import type { Statements } from "./statements.ts";

/** Archives that are read at a time. */
const ARCHIVES = 10;

/** Runs one step, in a transaction of the caller. */
export function removeMessages(
  statements: Statements,
  limits: RetentionLimits,
  work: RetentionWork,
): RetentionStep {
  const isOver = deadlineOf(work);
  let done: RetentionStep = { removed: 0, after: work.after };
  for (let left = work.archives; left > 0 && done.after !== undefined; left -= ARCHIVES) {
    const part = { ...work, after: done.after, archives: Math.min(ARCHIVES, left) };
    const rows = statements.archives.all(part.after, part.archives);
    const messages = work.messages - done.removed;
    const plan = planRetention(rows, limits, { ...part, messages }, isOver);
    let next = plan.next();
    while (!next.done) next = plan.next(remove(statements, next.value));
    done = { removed: done.removed + next.value.removed, after: next.value.after };
    if (isOver() || done.removed >= work.messages) break;
  }
  return done;
}

function remove(statements: Statements, { table, archive, count, before }: Removal): number {
  const { removeFirst, removeFirstExtras, removeBefore, removeExtrasBefore } = statements;
  const isMessage = table === "message";
  const { changes } =
    before === null
      ? (isMessage ? removeFirst : removeFirstExtras).run(archive, count)
      : (isMessage ? removeBefore : removeExtrasBefore).run(archive, count, before);
  return Number(changes);
}

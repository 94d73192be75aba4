// Retention in an SQLite database (XEP-0313 section 3.2).
import { planRetention, type Removal } from "../retention-plan.ts";
import type { RetentionLimits, RetentionStep, RetentionWork } from "../store.ts";
import type { Statements } from "./statements.ts";

/** Runs one step, in a transaction of the caller. */
export function removeMessages(
  statements: Statements,
  limits: RetentionLimits,
  work: RetentionWork,
): RetentionStep {
  const plan = planRetention(statements.archives.all(work.after, work.archives), limits, work);
  let next = plan.next();
  while (!next.done) next = plan.next(remove(statements, next.value));
  return next.value;
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

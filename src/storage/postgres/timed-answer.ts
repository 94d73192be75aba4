import { RENEWAL_MS } from "./lease.ts";

/**
 * Waits for an answer of the database. Has watches count anew if the answer, or this process since an earlier instant, was slow:
 * the renewal of a lease may come after this answer. All machines may have stood still together.
 */
export async function timedAnswer<T>(
  watch: { countAnew(now: number): void },
  answer: Promise<T>,
  since = performance.now(),
): Promise<T> {
  const start = Math.min(since, performance.now());
  const value = await answer;
  const now = performance.now();
  if (now - start > RENEWAL_MS) watch.countAnew(now);
  return value;
}

import type { Lease } from "../storage/lease.ts";

/** Waits for the lease, or for the stop; without a lease for nothing. */
export async function untilHeld(
  lease: Pick<Lease, "isHeld" | "whenHeld"> | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (lease?.isHeld !== false || signal.aborted) return;
  const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await Promise.race([lease.whenHeld(), stopped]);
}

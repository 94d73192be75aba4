import { vi } from "vitest";

const TIMEOUT_MS = 30_000;

/** Resolves when the check passes; fails with its last error where that takes longer than any machine should need. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: TIMEOUT_MS, interval: 50 });
}

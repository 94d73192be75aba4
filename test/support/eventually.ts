import { vi } from "vitest";

const TIMEOUT_MS = 30_000;

/** Resolves when the check passes. Rejects with its last error after more time than any machine needs. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: TIMEOUT_MS, interval: 50 });
}

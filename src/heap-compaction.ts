// V8's compaction of the heap of a quiet service.
import { setFlagsFromString } from "node:v8";

/** The first Node whose V8 knows the flag below. An older one complains on standard error. */
const FIRST_NODE = 26;

/**
 * Returns the flag for the V8 of a version of Node ("26.1.0"); undefined if it has none. V8 shrinks the heap of a quiet
 * service, but compacts at most 12 MB at a time, so half of the heap stays fragmented after a rush of entries
 * (docs/performance.md). The flag raises that to 32 MB.
 */
export function compactionFlag(version: string): string | undefined {
  if (Number.parseInt(version, 10) < FIRST_NODE) return undefined;
  return "--compaction-max-evacuated-bytes-mb-for-reduce-memory=32";
}

/** Lets V8 free more memory of a quiet service. */
export function raiseHeapCompaction(): void {
  const flag = compactionFlag(process.versions.node);
  if (flag !== undefined) setFlagsFromString(flag);
}

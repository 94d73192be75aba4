// What V8 is told about the memory of a service.
import { setFlagsFromString } from "node:v8";

/** The first Node whose V8 knows the flag below; an older one complains of it on standard error. */
const FIRST_NODE = 26;

/**
 * The flag for V8 of this version of Node ("26.1.0"); undefined where it has none. When a service is quiet, V8 gives
 * memory back, but brings together no more than 12 MB of what is strewn over the heap: after a rush of entries half of
 * the heap stays in holes (docs/performance.md). So much is it with the flag, in MB.
 */
export function compactionFlag(version: string): string | undefined {
  if (Number.parseInt(version, 10) < FIRST_NODE) return undefined;
  return "--compaction-max-evacuated-bytes-mb-for-reduce-memory=32";
}

/** Has V8 give back more of what a quiet service does not need. */
export function raiseHeapCompaction(): void {
  const flag = compactionFlag(process.versions.node);
  if (flag !== undefined) setFlagsFromString(flag);
}

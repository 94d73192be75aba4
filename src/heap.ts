// What V8 is told about the memory of a service.
import { setFlagsFromString } from "node:v8";

/**
 * When a service is quiet, V8 gives memory back, but brings together no more than 12 MB of what is strewn over the heap:
 * after a rush of entries half of the heap stays in holes (docs/performance.md). So much is it from now on, in MB.
 */
export const HEAP_FLAG = "--compaction-max-evacuated-bytes-mb-for-reduce-memory=32";

/** Has V8 give back more of what a quiet service does not need. */
export function giveMemoryBack(): void {
  setFlagsFromString(HEAP_FLAG);
}

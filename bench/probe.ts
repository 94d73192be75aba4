// Loaded into Verona's process. At SIGUSR2 it reports what cannot be seen from outside, and starts a new measurement.
import { renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";

const RESOLUTION_MS = 2;
const file = process.env.BENCH_PROBE;

if (isMainThread && file !== undefined) {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  process.on("SIGUSR2", () => {
    const longestPauseMs = Math.max(0, delays.max / 1e6 - RESOLUTION_MS);
    collectGarbage();
    collectGarbage();
    const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage();
    writeFileSync(`${file}.new`, JSON.stringify({ longestPauseMs, rssBytes, heapBytes }));
    renameSync(`${file}.new`, file);
    // The garbage collection above is no pause of the service.
    setImmediate(() => setTimeout(() => delays.reset(), 5 * RESOLUTION_MS));
  });
}

// Verona with limits for every scenario, and a database of its own that is removed at the end.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startVerona, type VeronaOptions, WITHOUT_RATES } from "../dev/verona.ts";
import { ROOMS, SECRET } from "./users.ts";

/** The output of `probe.ts`. */
export interface Probe {
  /** Longest pause of the event loop since the last probe, in milliseconds. */
  readonly longestPauseMs: number;
  /** Resident memory after a garbage collection. */
  readonly rssBytes: number;
  readonly heapBytes: number;
}

interface Options {
  /** True for SQLite in a file, false for memory. */
  readonly keeps: boolean;
  readonly seed?: (path: string) => void;
  readonly probe?: boolean;
  /** The server's multicast service (XEP-0033). */
  readonly multicast?: string;
  readonly nodeOptions: string;
}

interface RunningUnderTest {
  readonly pid: number;
  readonly launchedAt: number;
  probe?(): Promise<Probe>;
  stop(): Promise<void>;
}

const LIMITS = {
  VERONA_MAX_ROOMS: "1000000",
  VERONA_MAX_OCCUPANTS: "20000",
  VERONA_MAX_ROOMS_PER_DOMAIN: "0",
  ...WITHOUT_RATES,
};
const PROBE_POLL_MS = 5;

/** Runs Verona at a server, or at the load. */
export async function runVerona(
  server: VeronaOptions["server"],
  options: Options,
): Promise<RunningUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), "verona-bench-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const probeFile = join(folder, "probe.json");
  try {
    const database = join(folder, "verona.sqlite");
    options.seed?.(database);
    const preload = options.probe ? ` --import=${join(import.meta.dirname, "probe.ts")}` : "";
    const launchedAt = performance.now();
    const verona = await startVerona({
      server,
      domain: ROOMS,
      secret: SECRET,
      storage: options.keeps ? `sqlite:${database}` : "memory:",
      env: {
        ...LIMITS,
        VERONA_ROOM_CREATION: "anyone",
        NODE_OPTIONS: options.nodeOptions + preload,
        BENCH_PROBE: probeFile,
        VERONA_MULTICAST: options.multicast ?? "off",
      },
    });
    if (options.multicast !== undefined) await verona.logged("multicast is used");
    return {
      pid: verona.pid,
      launchedAt,
      ...(options.probe && { probe: () => askProbe(verona.pid, probeFile) }),
      async stop() {
        await verona.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

async function askProbe(pid: number, file: string): Promise<Probe> {
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  for (;;) {
    await sleep(PROBE_POLL_MS);
    try {
      return JSON.parse(readFileSync(file, "utf8")) as Probe;
    } catch {
      process.kill(pid, 0); // not written yet, unless the process is gone
    }
  }
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "./child-process.ts";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
const POLL_MS = 20;
const TIMEOUT_MS = 60_000;

/** Environment that switches off the rate limits, for tests and benchmarks. */
export const WITHOUT_RATES = {
  VERONA_MAX_RAID_ENTRIES: "0",
  VERONA_MAX_RAID_REFUSALS: "0",
  VERONA_MAX_MESSAGES_PER_MINUTE: "0",
  VERONA_MAX_STATES_PER_MINUTE: "0",
  VERONA_MAX_PRIVATE_MESSAGES_PER_MINUTE: "0",
  VERONA_MAX_ENTRIES_PER_MINUTE: "0",
  VERONA_MAX_NICKNAMES_PER_MINUTE: "0",
  VERONA_MAX_PRESENCE_PER_MINUTE: "0",
  VERONA_MAX_INVITATIONS_PER_MINUTE: "0",
  VERONA_MAX_REQUESTS_PER_MINUTE: "0",
  VERONA_MAX_ARCHIVE_QUERIES_PER_MINUTE: "0",
  VERONA_MAX_SEARCHES_PER_MINUTE: "0",
  VERONA_MAX_DISCO_PER_MINUTE: "0",
};

export interface VeronaOptions {
  server: { readonly host: string; readonly componentPort: number };
  /** The component's domain. */
  domain: string;
  secret: string;
  /** "memory:" (the default), "sqlite:" and an absolute path, or the address of a database. */
  storage?: string;
  /** The start of a command line that runs it elsewhere, as on a machine of a network. */
  command?: readonly string[];
  /** Further environment variables (docs/configuration.md). */
  env?: Record<string, string>;
}

export interface RunningVerona {
  readonly pid: number;
  /** Ends it with SIGTERM. Resolves with its exit status; null if it had to be killed. */
  stop(): Promise<number | null>;
  /** Kills it with SIGKILL. */
  kill(): void;
  /** Resolves when it has ended for any reason. */
  readonly ended: Promise<void>;
  /** Returns its exit status; null if a signal ended it, undefined while it runs. */
  exitCode(): number | null | undefined;
  /** Returns everything it has written so far. */
  log(): string;
  /** Waits until its log has `times` entries with messages that contain the text. */
  logged(text: string, times?: number): Promise<void>;
}

/** Runs Verona and waits until it is online at the server. Throws with its log if that fails. */
export async function startVerona(options: VeronaOptions): Promise<RunningVerona> {
  const verona = launchVerona(options);
  try {
    await verona.logged("online");
  } catch (error) {
    verona.kill();
    throw error;
  }
  return verona;
}

/** Runs Verona for several domains, with a configuration file for each. */
export const launchWithFiles = (paths: readonly string[]): RunningVerona =>
  runProgram(["run", ...paths.flatMap((path) => ["--config", path])], [], {});

/** Runs Verona in an empty folder, configured by the environment alone. */
export function launchVerona(options: VeronaOptions): RunningVerona {
  const { server, domain, secret, storage, command, env } = options;
  return runProgram(["run"], command, {
    VERONA_HOST: server.host,
    VERONA_PORT: String(server.componentPort),
    VERONA_DOMAIN: domain,
    VERONA_SECRET: secret,
    VERONA_STORAGE: storage ?? "memory:",
    VERONA_LOG_LEVEL: "info",
    ...env,
  });
}

/** Runs Verona with a configuration file alone; `command` is the start of a command line that runs it elsewhere. */
export const launchWithFile = (path: string, command?: readonly string[]): RunningVerona =>
  runProgram(["run", "--config", path], command, {});

function runProgram(
  options: readonly string[],
  command: readonly string[] = [],
  env: Record<string, string>,
): RunningVerona {
  const folder = mkdtempSync(join(tmpdir(), "verona-run-"));
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("VERONA_"));
  const [program = "", ...args] = [...command, process.execPath, MAIN, ...options];
  const child = startChild(program, args, { cwd: folder, env: { ...Object.fromEntries(inherited), ...env } });
  let output = "";
  for (const stream of [child.process.stdout, child.process.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  let hasEnded = false;
  let exitCode: number | null | undefined;
  const end = (code: number | null = null): void => {
    hasEnded = true;
    exitCode = code;
    rmSync(folder, { recursive: true, force: true });
  };
  const ended = child.exited.then(end, () => end());

  return {
    pid: child.process.pid ?? 0,
    stop: () => child.end("SIGTERM", 20_000),
    kill: () => void child.process.kill("SIGKILL"),
    ended,
    exitCode: () => exitCode,
    log: () => output,
    async logged(text, times = 1) {
      const deadline = Date.now() + TIMEOUT_MS;
      while (messagesOf(output).filter((message) => message.includes(text)).length < times) {
        if (hasEnded || Date.now() > deadline)
          throw new Error(`Verona ${hasEnded ? "ended" : "goes on"} without logging "${text}":\n${output}`);
        await sleep(POLL_MS);
      }
    },
  };
}

/** Returns the messages of the log's complete lines. Lines that are no JSON, such as those of a crash, are left out. */
function messagesOf(output: string): string[] {
  return output
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      try {
        return [String((JSON.parse(line) as { msg?: unknown }).msg)];
      } catch {
        return [];
      }
    });
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { RunningServer } from "./servers/server.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface VeronaProcess {
  /** The JSON log so far. */
  log(): string;
  /** Resolves when the log has this text; rejects when the process ends before. */
  logged(text: string): Promise<void>;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Ends it without any farewell (SIGKILL). */
  kill(): Promise<void>;
}

/** Runs the command line as an operator would, configured by environment variables. */
export function spawnVerona(environment: Record<string, string>): VeronaProcess {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [MAIN, "run"], {
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killChild = () => child.kill("SIGKILL");
  process.on("exit", killChild);
  const exited = once(child, "exit");
  exited.then(() => process.off("exit", killChild));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      log += chunk;
    });
  }
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<number | null> => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    log: () => log,
    async logged(text) {
      while (!log.includes(text)) {
        const outcome = await Promise.race([exited, once(child.stdout, "data")]);
        if (child.exitCode !== null && !log.includes(text))
          throw new Error(`Verona ended (${outcome}): ${log}`);
      }
    },
    stop: () => end("SIGTERM"),
    async kill() {
      await end("SIGKILL");
    },
  };
}

/** Runs it as a component of a server, and resolves when it is online. */
export async function startVerona(options: {
  readonly server: RunningServer;
  readonly domain: string;
  readonly secret: string;
  readonly storage?: string;
  readonly environment?: Record<string, string>;
}): Promise<VeronaProcess> {
  const { server, domain, secret, storage = "memory:", environment = {} } = options;
  const verona = spawnVerona({
    VERONA_HOST: server.host,
    VERONA_PORT: String(server.componentPort),
    VERONA_DOMAIN: domain,
    VERONA_SECRET: secret,
    VERONA_STORAGE: storage,
    VERONA_LOG_LEVEL: "info",
    ...environment,
  });
  await verona.logged('"msg":"online"');
  return verona;
}

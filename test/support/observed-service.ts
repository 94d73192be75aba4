// The whole service at a fake server, with its log and metrics.
import pino from "pino";
import { expect } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { ACTION_KINDS } from "../../src/muc/model/action-rates.ts";
import { type RunningService, startService } from "../../src/service.ts";
import { FakeServer } from "../connection/fake-server.ts";
import { eventually } from "./eventually.ts";

/** The part of a log line that tests read. */
export interface LogLine {
  readonly msg: string;
  readonly port?: number;
  readonly refused?: number;
  /** Received or sent stanzas (log level trace), or their number. */
  readonly stanzas?: string | number;
  readonly busiest?: { readonly room: string }[];
}

export interface ObservedService {
  readonly server: FakeServer;
  readonly service: RunningService;
  /** The log, which grows while the service runs. */
  readonly log: LogLine[];
}

/**
 * Starts the service without rate limits. Resolves when it is connected. `outboxBytes` may be below the operator's
 * minimum, so that tests are small.
 */
export async function startObserved(
  storage: string,
  outboxBytes?: number,
  more: NodeJS.ProcessEnv = {},
): Promise<ObservedService> {
  const server = new FakeServer("cauldron");
  const log: LogLine[] = [];
  const port = await server.listen();
  const env = {
    VERONA_DOMAIN: "chat.example",
    VERONA_SECRET: "cauldron",
    VERONA_HOST: "127.0.0.1",
    VERONA_PORT: String(port),
    VERONA_STORAGE: storage,
    VERONA_ROOM_CREATION: "anyone",
    ...more,
  };
  const config = loadConfig({ env, cwd: "/" });
  const bound = outboxBytes === undefined ? {} : { outboxBytes };
  const unlimited = Object.fromEntries(Object.values(ACTION_KINDS).map((setting) => [setting, 0]));
  const limits = { ...config.limits, ...unlimited, raidEntries: 0, raidRefusals: 0, ...bound };
  const metrics = { host: "127.0.0.1", port: 0 };
  const logger = pino(
    { level: more.VERONA_LOG_LEVEL ?? "debug" },
    { write: (line: string) => void log.push(JSON.parse(line)) },
  );
  const service = await startService({ ...config, limits, metrics }, logger);
  await eventually(() => expect(server.received).toContain("<handshake"));
  return { server, service, log };
}

/** Fetches the current metrics of the service. */
export async function metricsOf(log: readonly LogLine[]): Promise<string> {
  const port = log.find(({ msg }) => msg === "metrics are served")?.port;
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** Parses metrics into values by name and label. */
export function figuresOf(text: string): Record<string, number> {
  return Object.fromEntries(
    [...text.matchAll(/^(verona_\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

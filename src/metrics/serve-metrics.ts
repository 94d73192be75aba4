// Metrics for Prometheus, where the operator wants them.
import { ConfigError } from "../config/config.ts";
import { openEndpoint } from "./endpoint.ts";
import type { Sources } from "./measurements.ts";

export interface Metrics {
  /** A commit has taken so many seconds. */
  committed(seconds: number): void;
  readonly port: number;
  close(): void;
}

/** Serves them until closed. Throws `ConfigError` where nothing can listen there. */
export async function serveMetrics(
  setting: { readonly host: string; readonly port: number },
  sources: Sources,
): Promise<Metrics> {
  // Loaded only where it is used.
  const { measure } = await import("./measurements.ts");
  const measurements = measure(sources);
  try {
    const { port, close } = await openEndpoint(setting, measurements);
    return { port, close, committed: measurements.committed };
  } catch (error) {
    throw new ConfigError([describeFault(error, setting)]);
  }
}

function describeFault(error: unknown, { host, port }: { host: string; port: number }): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return `metrics.port: something listens on ${host}:${port} already, expected a port that is free`;
    case "EACCES":
      return `metrics.port: ${port} may not be used by this user, expected a port that may, such as 9464`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `metrics.host: ${host} is not an address of this machine`;
    default:
      return `metrics: nothing can listen on ${host}:${port}: ${message}`;
  }
}

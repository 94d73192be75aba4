// Serves metrics for Prometheus, if the operator has enabled them.
import type { Logger } from "pino";
import { openRetried } from "../retried-listener.ts";
import { openEndpoint } from "./endpoint.ts";
import type { Sources } from "./measurements.ts";

export interface Metrics {
  /** Records the duration of a commit in seconds. */
  committed(seconds: number): void;
  close(): void;
}

/** Serves the metrics until closed, as `openRetried`. */
export async function serveMetrics(
  setting: { readonly host: string; readonly port: number },
  sources: Sources,
  log: Pick<Logger, "info" | "error">,
): Promise<Metrics> {
  // Loads the Prometheus client only if metrics are enabled.
  const { measure } = await import("./measurements.ts");
  const measurements = measure(sources);
  const open = () => openEndpoint(setting, measurements, sources.state);
  const parts = { setting, section: "metrics", suggested: 9464, subject: "metrics are", open };
  const listener = await openRetried(parts, log);
  return { committed: measurements.committed, close: () => void listener.close() };
}

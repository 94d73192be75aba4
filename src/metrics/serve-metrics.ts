// Serves metrics for Prometheus, if the operator has enabled them.
import type { Logger } from "pino";
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import type { Sources } from "./measurements.ts";

export interface Metrics {
  /** Records the duration of a commit in seconds. */
  committed(seconds: number): void;
  close(): void;
}

/** The time between attempts to listen, in milliseconds. */
const RETRY_MS = 30_000;

/**
 * Serves the metrics until closed. If it cannot listen, it logs each reason once and tries again every 30 seconds: the
 * service runs without metrics.
 */
export async function serveMetrics(
  setting: { readonly host: string; readonly port: number },
  sources: Sources,
  log: Pick<Logger, "info" | "error">,
): Promise<Metrics> {
  // Loads the Prometheus client only if metrics are enabled.
  const { measure } = await import("./measurements.ts");
  const measurements = measure(sources);
  let endpoint: Endpoint | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  let lastFault = "";

  async function open(): Promise<void> {
    try {
      endpoint = await openEndpoint(setting, measurements, sources.state);
      if (isClosed) endpoint.close();
      else log.info({ host: setting.host, port: endpoint.port }, "metrics are served");
    } catch (error) {
      const fault = describeFault(error, setting);
      if (fault !== lastFault) log.error(`metrics are not served: ${fault}`);
      lastFault = fault;
      if (!isClosed) retry = setTimeout(open, RETRY_MS).unref();
    }
  }

  await open();
  return {
    committed: measurements.committed,
    close() {
      isClosed = true;
      clearTimeout(retry);
      endpoint?.close();
    },
  };
}

function describeFault(error: unknown, { host, port }: { host: string; port: number }): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return `${host}:${port} is already in use; change metrics.port, or stop the other program`;
    case "EACCES":
      return `this user may not listen on port ${port}; change metrics.port, for example to 9464`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} is not an address of this machine; change metrics.host`;
    default:
      return `nothing can listen on ${host}:${port}: ${message}`;
  }
}

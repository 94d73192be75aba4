// Serves the HTTP API, if the operator has enabled it.
import type { Logger } from "pino";
import type { HttpParts } from "./http-service.ts";
import type { HttpListener } from "./server.ts";

export interface HttpApi {
  /** Stops listening. Answers under way have a second. */
  close(): Promise<void>;
}

/** The time between attempts to listen, in milliseconds. */
const RETRY_MS = 30_000;

/**
 * Serves the API until closed. If it cannot listen, it logs each reason once and tries again every 30 seconds: rooms go on
 * without it.
 */
export async function serveHttp(
  setting: { readonly host: string; readonly port: number },
  parts: HttpParts,
  log: Pick<Logger, "info" | "error">,
): Promise<HttpApi> {
  // Loads the HTTP library only if the API is enabled.
  const { openHttp } = await import("./server.ts");
  let listener: HttpListener | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  let lastFault = "";

  async function open(): Promise<void> {
    try {
      listener = await openHttp(setting, parts);
      if (isClosed) await listener.close();
      else log.info({ host: setting.host, port: listener.port }, "the HTTP API is served");
    } catch (error) {
      const fault = describeFault(error, setting);
      if (fault !== lastFault) log.error(`the HTTP API is not served: ${fault}`);
      lastFault = fault;
      if (!isClosed) retry = setTimeout(open, RETRY_MS).unref();
    }
  }

  await open();
  return {
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await listener?.close();
    },
  };
}

function describeFault(error: unknown, { host, port }: { host: string; port: number }): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return `${host}:${port} is already in use; change http.port, or stop the other program`;
    case "EACCES":
      return `this user may not listen on port ${port}; change http.port, for example to 8480`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} is not an address of this machine; change http.host`;
    default:
      return `nothing can listen on ${host}:${port}: ${message}`;
  }
}

// The HTTP endpoint of the metrics: plain HTTP, one path, read-only.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Measurements } from "./measurements.ts";

export interface Endpoint {
  readonly port: number;
  close(): void;
}

const PATH = "/metrics";
/** The time in which a client must send its request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Opens the endpoint; rejects if it cannot listen on that address. Port 0 means any free port. */
export async function openEndpoint(
  { host, port }: { readonly host: string; readonly port: number },
  { write, contentType }: Pick<Measurements, "write" | "contentType">,
): Promise<Endpoint> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const isMetricsPath = request.url?.split("?", 1)[0] === PATH;
    if (!isMetricsPath) response.writeHead(404).end();
    else if (request.method !== "GET" && request.method !== "HEAD")
      response.writeHead(405, { allow: "GET, HEAD" }).end();
    else
      write().then(
        (text) => response.writeHead(200, { "content-type": contentType }).end(text),
        () => response.writeHead(500).end(),
      );
  });
  server.listen(port, host);
  await once(server, "listening");
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

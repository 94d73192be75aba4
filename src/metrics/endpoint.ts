// Where operators' tools ask for the figures: plain HTTP, one path, nothing is changed by it.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Measurements } from "./measurements.ts";

export interface Endpoint {
  readonly port: number;
  close(): void;
}

const PATH = "/metrics";
/** A question has to come within so many milliseconds. */
const PATIENCE_MS = 10_000;

/** Listens at once; rejects where nothing can listen there. Port 0: any that is free. */
export async function openEndpoint(
  { host, port }: { readonly host: string; readonly port: number },
  { write, contentType }: Pick<Measurements, "write" | "contentType">,
): Promise<Endpoint> {
  const server = createServer({ requestTimeout: PATIENCE_MS }, (request, response) => {
    const isAsked = request.url?.split("?", 1)[0] === PATH;
    if (!isAsked) response.writeHead(404).end();
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

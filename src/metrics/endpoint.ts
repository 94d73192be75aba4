// The HTTP endpoint of metrics and health: plain HTTP, read-only.
import { once } from "node:events";
import { createServer, type OutgoingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { Measurements, ServiceState } from "./measurements.ts";

export interface Endpoint {
  readonly port: number;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly text: string;
}

const PLAIN: OutgoingHttpHeaders = { "content-type": "text/plain; charset=utf-8" };
/** The time in which a client must send its request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Opens the endpoint; rejects if it cannot listen on that address. Port 0 means any free port. `/livez` answers 200 while
 * the process runs, `/readyz` 200 while it serves and else 503 with its state.
 */
export async function openEndpoint(
  { host, port }: { readonly host: string; readonly port: number },
  { write, contentType }: Pick<Measurements, "write" | "contentType">,
  state: () => ServiceState,
): Promise<Endpoint> {
  const answers: Readonly<Record<string, () => Promise<Answer>>> = {
    "/metrics": async () => ({ status: 200, headers: { "content-type": contentType }, text: await write() }),
    "/livez": async () => ({ status: 200, headers: PLAIN, text: "live\n" }),
    "/readyz": async () => {
      const now = state();
      return { status: now === "serving" ? 200 : 503, headers: PLAIN, text: `${now}\n` };
    },
  };
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const [path = ""] = request.url?.split("?", 1) ?? [];
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (!answer) response.writeHead(404).end();
    else if (request.method !== "GET" && request.method !== "HEAD")
      response.writeHead(405, { allow: "GET, HEAD" }).end();
    else
      answer().then(
        ({ status, headers, text }) => response.writeHead(status, headers).end(text),
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

// A listener of the HTTP library: that of the HTTP API, and that of the public pages.
import type { FastifyInstance } from "fastify";

/** Milliseconds for which a stop waits for answers. */
const STOP_MS = 1_000;

export interface HttpListener {
  readonly port: number;
  /** Stops listening. Answers under way have a second. */
  close(): Promise<void>;
}

/**
 * Listens, without keeping the process alive. Rejects if that is not possible at this address. Port 0 means any free port.
 * `underWay` has the number of requests that are being answered.
 */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
  underWay: { readonly active: number },
): Promise<HttpListener> {
  await app.listen({ host, port });
  app.server.unref();
  const address = app.server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? port) : port,
    async close() {
      app.server.close();
      const deadline = performance.now() + STOP_MS;
      while (underWay.active > 0 && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 10));
      await app.close();
    },
  };
}

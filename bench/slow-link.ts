// A proxy that delays bytes in both directions, as a network does. It runs in a thread of its own, so that its delays do
// not depend on what is measured.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** Name of the threads that run this file. Other threads may load it too. */
const IS_LINK = "slow-link";

interface Task {
  readonly name: typeof IS_LINK;
  readonly port: number;
  readonly delayMs: number;
}

export interface SlowLink {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on a free loopback port for connections to `port`, and delays each direction by `delayMs`. */
export async function startSlowLink(port: number, delayMs: number): Promise<SlowLink> {
  const task: Task = { name: IS_LINK, port, delayMs };
  const thread = new Worker(new URL(import.meta.url), { workerData: task });
  const [own] = await once(thread, "message");
  return {
    port: Number(own),
    async close() {
      await thread.terminate();
    },
  };
}

function pass(from: Socket, to: Socket, delayMs: number): void {
  const later = (action: () => void): unknown => setTimeout(action, delayMs);
  from.on("data", (bytes) => later(() => to.write(bytes)));
  from.on("close", () => later(() => to.destroy()));
  from.on("error", () => {});
}

if (!isMainThread && (workerData as Task | undefined)?.name === IS_LINK) {
  const { port, delayMs } = workerData as Task;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    pass(near, far, delayMs);
    pass(far, near, delayMs);
  });
  server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port));
}

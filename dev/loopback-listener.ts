import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface LoopbackListener {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** All connections so far, in order. */
  readonly sockets: readonly Socket[];
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/** Listens on the loopback interface; 0 stands for a free port. An error of a connection only ends that connection. */
export async function listenOnLoopback(
  serve: (socket: Socket) => void = () => {},
  port = 0,
): Promise<LoopbackListener> {
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), "close");
    },
  };
}

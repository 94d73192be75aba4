// The server's side of XEP-0114, for one component. Bytes after the handshake are handed on without parsing.
import type { Socket } from "node:net";
import { ACCEPTED, handshake, serverHeader } from "../dev/component-handshake.ts";
import { listenOnLoopback } from "../dev/loopback-listener.ts";
import { type ComponentConnection, connectionOf } from "./component-connection.ts";

const STREAM_ID = "bench";

export interface ComponentListener {
  readonly host: "127.0.0.1";
  readonly componentPort: number;
  /** Resolves when the component has made its handshake. */
  readonly connected: Promise<ComponentConnection>;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface. `connected` rejects at a wrong secret. */
export async function listenForComponent(secret: string): Promise<ComponentListener> {
  const { promise: connected, resolve, reject } = Promise.withResolvers<ComponentConnection>();
  connected.catch(() => {});
  const { host, port, close } = await listenOnLoopback((socket) => {
    accept(socket, secret).then(resolve, reject);
  });
  return { host, componentPort: port, connected, close };
}

async function accept(socket: Socket, secret: string): Promise<ComponentConnection> {
  const connection = connectionOf(socket);
  await connection.readUntil((tags) => tags.includes("<stream:stream"));
  socket.write(serverHeader("bench.example", STREAM_ID));
  await connection.readUntil((tags) => {
    if (!tags.includes("</handshake>")) return false;
    if (!tags.includes(handshake(STREAM_ID, secret))) throw new Error("the component has another secret");
    return true;
  });
  socket.write(ACCEPTED);
  return connection;
}

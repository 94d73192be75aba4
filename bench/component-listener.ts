// The server's side of XEP-0114, for one component: takes its handshake and hands on its bytes unread.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type ComponentConnection, connectionOf } from "./component-connection.ts";

const STREAM_ID = "bench";
const HEADER = `<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' from='bench.example' id='${STREAM_ID}'>`;

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
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    accept(socket, secret).then(resolve, reject);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    componentPort: (server.address() as AddressInfo).port,
    connected,
    async close() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), "close");
    },
  };
}

async function accept(socket: Socket, secret: string): Promise<ComponentConnection> {
  const connection = connectionOf(socket);
  await connection.readUntil((tags) => tags.includes("<stream:stream"));
  socket.write(HEADER);
  const digest = createHash("sha1").update(`${STREAM_ID}${secret}`).digest("hex");
  await connection.readUntil((tags) => {
    if (!tags.includes("</handshake>")) return false;
    if (!tags.includes(digest)) throw new Error("the component has another secret");
    return true;
  });
  socket.write("<handshake/>");
  return connection;
}

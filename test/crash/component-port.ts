// The server's side of XEP-0114 for a component that is killed and comes again: one connection after the other.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { StanzaSplitter } from "./stanza-splitter.ts";

const STREAM_ID = "crash";
const HEADER = `<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' from='server.example' id='${STREAM_ID}'>`;

export interface ComponentPort {
  readonly host: "127.0.0.1";
  readonly componentPort: number;
  /** Writes stanzas to the component that was let in last. */
  write(stanzas: string): void;
  /** Whether a component is connected and was let in. */
  readonly online: boolean;
  /** Resolves when everything that the component wrote before its end has been handed on. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface; `receive` gets every whole stanza in order. */
export async function openComponentPort(
  secret: string,
  receive: (stanza: string) => void,
): Promise<ComponentPort> {
  let current: { readonly socket: Socket; accepted: boolean; readonly ended: Promise<void> } | undefined;
  const digest = createHash("sha1").update(`${STREAM_ID}${secret}`).digest("hex");
  const server = createServer({ noDelay: true }, (socket) => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const connection = { socket, accepted: false, ended };
    current = connection;
    const splitter = new StanzaSplitter();
    let opened = false;
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.on("data", (text: string) => {
      if (!opened && text.includes("<stream:stream")) {
        opened = true;
        socket.write(HEADER);
      }
      for (const stanza of splitter.take(text)) {
        if (connection.accepted) receive(stanza);
        else if (stanza.includes(digest)) {
          connection.accepted = true;
          socket.write("<handshake/>");
        }
      }
      if (text.endsWith("</stream:stream>")) socket.end("</stream:stream>");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    componentPort: (server.address() as AddressInfo).port,
    write: (stanzas) => void current?.socket.write(stanzas),
    get online() {
      return current?.accepted === true && !current.socket.destroyed;
    },
    async drained() {
      await current?.ended;
    },
    async close() {
      current?.socket.destroy();
      await once(server.close(), "close");
    },
  };
}

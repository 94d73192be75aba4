// The server's side of XEP-0114 for a component that is killed and restarted: one connection after the other.
import type { Socket } from "node:net";
import { ACCEPTED, FOOTER, handshake, serverHeader } from "../../dev/component-handshake.ts";
import { listenOnLoopback } from "../../dev/loopback-listener.ts";
import { StanzaSplitter } from "./stanza-splitter.ts";

const STREAM_ID = "crash";

export interface ComponentPort {
  readonly host: "127.0.0.1";
  readonly componentPort: number;
  /** Writes stanzas to the latest component. */
  write(stanzas: string): void;
  /** True while a component is connected and accepted. */
  readonly online: boolean;
  /** Resolves when everything that the component wrote before its end was passed to `receive`. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface. `receive` gets every complete stanza, in order. */
export async function openComponentPort(
  secret: string,
  receive: (stanza: string) => void,
): Promise<ComponentPort> {
  let current: { readonly socket: Socket; accepted: boolean; readonly ended: Promise<void> } | undefined;
  const proof = handshake(STREAM_ID, secret);
  const { host, port, close } = await listenOnLoopback((socket) => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const connection = { socket, accepted: false, ended };
    current = connection;
    const splitter = new StanzaSplitter();
    let opened = false;
    socket.setEncoding("utf8");
    socket.on("close", () => resolve());
    socket.on("data", (text: string) => {
      if (!opened && text.includes("<stream:stream")) {
        opened = true;
        socket.write(serverHeader("server.example", STREAM_ID));
      }
      for (const stanza of splitter.take(text)) {
        if (connection.accepted) receive(stanza);
        else if (stanza === proof) {
          connection.accepted = true;
          socket.write(ACCEPTED);
        }
      }
      if (text.endsWith(FOOTER)) socket.end(FOOTER);
    });
  });
  return {
    host,
    componentPort: port,
    write: (stanzas) => void current?.socket.write(stanzas),
    get online() {
      return current?.accepted === true && !current.socket.destroyed;
    },
    async drained() {
      await current?.ended;
    },
    close,
  };
}

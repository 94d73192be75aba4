// A client that writes and reads the text of its stream, for tests of the stream itself.
import { once } from "node:events";
import { connect } from "node:net";
import { eventually } from "./eventually.ts";

export interface RawClient {
  /** Everything that was received since the login. */
  readonly received: string;
  write(text: string): void;
  /** Resolves when a text was received. */
  hears(text: string): Promise<void>;
  /** Breaks the connection. */
  cut(): Promise<void>;
}

interface RawAccount {
  readonly port: number;
  readonly domain: string;
  readonly username: string;
  readonly password: string;
}

/** Connects and authenticates (RFC 6120 section 6); binds no resource. */
export async function connectRaw({ port, domain, username, password }: RawAccount): Promise<RawClient> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  let received = "";
  socket.on("data", (data) => {
    received += data.toString();
  });
  socket.on("error", () => {});
  const hears = (text: string) =>
    eventually(() => {
      if (!received.includes(text)) throw new Error(`${username} waited in vain for ${text} in ${received}`);
    });
  const header = `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="${domain}" version="1.0">`;
  const credentials = Buffer.from(`\0${username}\0${password}`).toString("base64");
  const steps = [
    [header, "</stream:features>"],
    [`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${credentials}</auth>`, "<success"],
    [header, "</stream:features>"],
  ] as const;
  for (const [text, answer] of steps) {
    received = "";
    socket.write(text);
    await hears(answer);
  }
  received = "";
  return {
    get received() {
      return received;
    },
    write: (text) => void socket.write(text),
    hears,
    async cut() {
      socket.destroy();
      await once(socket, "close");
    },
  };
}

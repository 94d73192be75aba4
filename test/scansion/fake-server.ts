import { once } from "node:events";
import { createServer, type Socket } from "node:net";

export interface FakeServerOptions {
  /** Sent in place of the stream's header. */
  readonly header?: string;
  readonly silentAfterHeader?: boolean;
  /** Offered before the login, as markup. */
  readonly features?: string;
  /** Sent together with the answer to the binding of the resource. */
  readonly atOnce?: string;
  /** What a client gets for what it sends after the login. */
  readonly answer?: (xml: string) => string;
}

const HEADER =
  "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' version='1.0' id='s1' from='localhost'>";
const PLAIN =
  "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";
const BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>";

/** A server's client listener: every user's password is "password"; the resource is "desk" if none is asked for. */
export class FakeServer {
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #options: FakeServerOptions;
  readonly sockets: Socket[] = [];
  /** What clients sent after the login. */
  received = "";

  constructor(options: FakeServerOptions = {}) {
    this.#options = options;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await once(this.#server.close(), "close");
  }

  #serve(socket: Socket): void {
    this.sockets.push(socket);
    let user: string | undefined;
    let bound = false;
    socket.on("error", () => {});
    socket.setEncoding("utf8");
    socket.on("data", (xml: string) => {
      const end = xml.indexOf("</stream:stream>");
      if (end >= 0) {
        // What was sent just before may share a segment with it.
        this.received += xml.slice(0, end);
        return void socket.end("</stream:stream>");
      }
      if (xml.includes("<stream:stream")) {
        const offered = user === undefined ? (this.#options.features ?? PLAIN) : BIND;
        if (this.#options.header !== undefined) return void socket.write(this.#options.header);
        if (this.#options.silentAfterHeader) return void socket.write(HEADER);
        return void socket.write(`${HEADER}<stream:features>${offered}</stream:features>`);
      }
      const auth = /<auth[^>]*>([^<]*)</.exec(xml)?.[1];
      if (auth !== undefined) {
        const [, name, password] = Buffer.from(auth, "base64").toString().split("\0");
        if (password === "password") user = name;
        return void socket.write(
          password === "password"
            ? "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
            : "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>",
        );
      }
      if (!bound) {
        bound = true;
        const id = /id="([^"]+)"/.exec(xml)?.[1];
        const resource = /<resource>([^<]+)</.exec(xml)?.[1] ?? "desk";
        const jid = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${user}@localhost/${resource}</jid></bind>`;
        return void socket.write(`<iq type='result' id='${id}'>${jid}</iq>${this.#options.atOnce ?? ""}`);
      }
      this.received += xml;
      socket.write(this.#options.answer?.(xml) ?? "");
    });
  }
}

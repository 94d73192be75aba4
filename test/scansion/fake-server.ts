import type { Socket } from "node:net";
import { type LoopbackListener, listenOnLoopback } from "../../dev/loopback-listener.ts";

export interface FakeServerOptions {
  /** Replaces the stream's header. */
  readonly header?: string;
  readonly silentAfterHeader?: boolean;
  /** Stream features before the login, as markup. */
  readonly features?: string;
  /** Sent together with the answer to the resource binding. */
  readonly atOnce?: string;
  /** Returns the answer to what a client sends after the login. */
  readonly answer?: (xml: string) => string;
}

const HEADER =
  "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' version='1.0' id='s1' from='localhost'>";
const PLAIN =
  "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";
const BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>";

/** A server's client listener. Every password is "password". The resource is "desk" unless a client requests one. */
export class FakeServer {
  readonly #options: FakeServerOptions;
  #listener: LoopbackListener | undefined;
  /** Text that clients sent after the login. */
  received = "";

  constructor(options: FakeServerOptions = {}) {
    this.#options = options;
  }

  /** All connections so far, in order. */
  get sockets(): readonly Socket[] {
    return this.#listener?.sockets ?? [];
  }

  async listen(): Promise<number> {
    this.#listener = await listenOnLoopback((socket) => this.#serve(socket));
    return this.#listener.port;
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }

  #serve(socket: Socket): void {
    let user: string | undefined;
    let bound = false;
    socket.setEncoding("utf8");
    socket.on("data", (xml: string) => {
      const end = xml.indexOf("</stream:stream>");
      if (end >= 0) {
        // Text sent just before may be in the same segment.
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

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";

export const HEADER =
  "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' from='chat.example' id='3BF96D32'>";

/** How the fake server treats a component: as XEP-0114 says, or with a stream error, or not at all. */
export type Behaviour =
  | { readonly kind: "accept" }
  | { readonly kind: "error-after-header"; readonly condition: string }
  | { readonly kind: "error-after-handshake"; readonly condition: string }
  | { readonly kind: "silent" }
  | { readonly kind: "reset" }
  /** Raw answers to the header and to the handshake; none where left out. */
  | { readonly kind: "answer"; readonly header?: string; readonly handshake?: string };

/** A server's component listener, for the faults that a real server cannot be made to show. */
export class FakeServer {
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #secret: string;
  readonly sockets: Socket[] = [];
  behaviour: Behaviour = { kind: "accept" };
  received = "";
  connections = 0;

  constructor(secret: string) {
    this.#secret = secret;
  }

  async listen(port = 0): Promise<number> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server.close(), "close");
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.sockets.push(socket);
    socket.on("error", () => {});
    socket.setEncoding("utf8");
    let opened = false;
    socket.on("data", (text: string) => {
      this.received += text;
      if (this.behaviour.kind === "silent") return;
      if (!opened && text.includes("<stream:stream")) {
        opened = true;
        if (this.behaviour.kind === "reset") {
          socket.resetAndDestroy();
          return;
        }
        socket.write(this.behaviour.kind === "answer" ? (this.behaviour.header ?? "") : HEADER);
        if (this.behaviour.kind === "error-after-header") this.#fail(socket, this.behaviour.condition);
      }
      if (text.includes("<handshake")) this.#answerHandshake(socket, text);
      if (text.includes("</stream:stream>")) socket.end("</stream:stream>");
    });
  }

  #answerHandshake(socket: Socket, text: string): void {
    const expected = createHash("sha1").update(`3BF96D32${this.#secret}`).digest("hex");
    if (this.behaviour.kind === "answer") socket.write(this.behaviour.handshake ?? "");
    else if (this.behaviour.kind === "error-after-handshake") this.#fail(socket, this.behaviour.condition);
    else if (text.includes(`<handshake>${expected}</handshake>`)) socket.write("<handshake/>");
    else this.#fail(socket, "not-authorized");
  }

  #fail(socket: Socket, condition: string): void {
    const error = `<${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>`;
    socket.end(`<stream:error>${error}</stream:error></stream:stream>`);
  }
}

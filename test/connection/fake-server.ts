import type { Socket } from "node:net";
import { ACCEPTED, FOOTER, handshake, serverHeader } from "../../dev/component-handshake.ts";
import { type LoopbackListener, listenOnLoopback } from "../../dev/loopback-listener.ts";

const STREAM_ID = "3BF96D32";
export const HEADER = serverHeader("chat.example", STREAM_ID);

/** Behaviour towards a component: as in XEP-0114, with a stream error, or without an answer. */
export type Behaviour =
  | { readonly kind: "accept" }
  | { readonly kind: "error-after-header"; readonly condition: string }
  | { readonly kind: "error-after-handshake"; readonly condition: string }
  | { readonly kind: "silent" }
  | { readonly kind: "reset" }
  /** Raw answers to the header and to the handshake. A missing one is not sent. */
  | { readonly kind: "answer"; readonly header?: string; readonly handshake?: string };

/** Component listener of a server, for faults that real servers do not show on request. */
export class FakeServer {
  readonly #secret: string;
  #listener: LoopbackListener | undefined;
  behaviour: Behaviour = { kind: "accept" };
  received = "";
  connections = 0;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** All connections so far, in order. */
  get sockets(): readonly Socket[] {
    return this.#listener?.sockets ?? [];
  }

  async listen(port = 0): Promise<number> {
    this.#listener = await listenOnLoopback((socket) => this.#serve(socket), port);
    return this.#listener.port;
  }

  async close(): Promise<void> {
    await this.#listener?.close();
    this.#listener = undefined;
  }

  #serve(socket: Socket): void {
    this.connections += 1;
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
      if (text.includes(FOOTER)) socket.end(FOOTER);
    });
  }

  #answerHandshake(socket: Socket, text: string): void {
    if (this.behaviour.kind === "answer") socket.write(this.behaviour.handshake ?? "");
    else if (this.behaviour.kind === "error-after-handshake") this.#fail(socket, this.behaviour.condition);
    else if (text.includes(handshake(STREAM_ID, this.#secret))) socket.write(ACCEPTED);
    else this.#fail(socket, "not-authorized");
  }

  #fail(socket: Socket, condition: string): void {
    const error = `<${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>`;
    socket.end(`<stream:error>${error}</stream:error>${FOOTER}`);
  }
}

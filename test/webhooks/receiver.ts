// A receiver of webhooks that answers as a test says.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type RoomEvent, roomEvent } from "../../src/events/room-event.ts";

export interface Received {
  readonly event: RoomEvent;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

type Answer = (response: ServerResponse, received: Received, request: IncomingMessage) => void;

export const answerWith = (response: ServerResponse, code: number): void =>
  void response.writeHead(code).end();
export const TAKES: Answer = (response) => answerWith(response, 204);
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end("no");

export class Receiver {
  /** All requests, taken or not. */
  readonly requests: Received[] = [];
  answer: Answer = TAKES;
  /** The most requests at a time. */
  mostAtOnce = 0;
  #open = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => this.#receive(request, response));
  }

  static async start(port = 0): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(port, "127.0.0.1", resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/verona`;
  }

  get texts(): string[] {
    return this.requests.flatMap(({ event }) => (event.kind === "message" ? event.text : []));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    this.#open += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
    response.on("close", () => {
      this.#open -= 1;
    });
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      const received = { event: roomEvent.parse(JSON.parse(body)), body, headers: request.headers };
      this.requests.push(received);
      this.answer(response, received, request);
    });
  }
}

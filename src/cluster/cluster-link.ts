// The messages of this node to the others, and theirs to it.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Element } from "../xmpp/element.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import type { ClusterNode, NodeId } from "./cluster-tables.ts";
import type { NodeLink } from "./member-options.ts";
import { readMessage, writeMessage } from "./message-xml.ts";
import type { NodeMessage } from "./node-message.ts";
import type { NodeTransport } from "./transport.ts";

/** Milliseconds after which a node that does not answer is no longer waited for: it hangs, and will be replaced. */
const CONFIRM_MS = 3_000;
/** Milliseconds for the answers to an operator's question. */
const ANSWER_MS = 3_000;

export interface ClusterLinkOptions {
  readonly self: ClusterNode;
  readonly transport: NodeTransport;
  readonly log: Pick<Logger, "debug">;
  /**
   * Sends a message to a node behind all that the rooms have written. Returns false without a link. Undefined if nodes have no
   * addresses at the server.
   */
  readonly sendBehindRooms: ((to: string, message: string) => boolean) | undefined;
  /** Resolves with true when the server has delivered everything that it has for the rooms now. */
  flushServer(timeoutMs: number): Promise<boolean>;
}

export interface ClusterLinkHandlers {
  message(from: NodeId, name: string, message: NodeMessage<Stanza>): void;
  /** Resolves with the answer to another node's question; undefined if it cannot be read. Never rejects. */
  asked(body: string): Promise<string | undefined>;
  undelivered(message: NodeMessage<Stanza>): void;
  online(): void;
  offline(): void;
}

export class ClusterLink implements NodeLink<Stanza> {
  readonly #options: ClusterLinkOptions;
  readonly #handlers: ClusterLinkHandlers;
  /** Takes the answers to questions that are open, by their number; undefined if the question came back. */
  readonly #open = new Map<number, (body: string | undefined) => void>();
  #questions = 0;

  constructor(options: ClusterLinkOptions, handlers: ClusterLinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  get isOnline(): boolean {
    return this.#options.transport.isOnline;
  }

  start(): void {
    this.#options.transport.start({
      message: (from, element) => this.#receive(from, element),
      undelivered: (_to, element) => this.undelivered(element),
      online: () => this.#handlers.online(),
      offline: () => this.#handlers.offline(),
    });
  }

  stop(): Promise<void> {
    return this.#options.transport.stop();
  }

  /** Takes a message that came back: the node that it was for has no link. */
  undelivered(element: Element): void {
    const message = readMessage(element)?.message;
    if (!message) return;
    if (message.kind === "confirm" || message.kind === "flush" || message.kind === "ask")
      this.#open.get(message.id)?.(undefined);
    else this.#handlers.undelivered(message);
  }

  send(name: string, message: NodeMessage<Stanza>): boolean {
    const { transport, self } = this.#options;
    return transport.send(name, writeMessage(self.id, message));
  }

  async confirm(names: readonly string[]): Promise<void> {
    const { self, sendBehindRooms, flushServer } = this.#options;
    if (!sendBehindRooms) {
      if (!(await flushServer(CONFIRM_MS))) throw new Error("the server has not answered");
      return;
    }
    const answers = await this.#askAll(names, CONFIRM_MS, (name, id) =>
      sendBehindRooms(name, writeMessage(self.id, { kind: "confirm", id })),
    );
    if (answers.length < names.length)
      throw new Error(`only ${answers.length} of ${names.length} other nodes have answered`);
  }

  /** Resolves with true when other nodes have read everything that their servers have for them now. */
  async flush(names: readonly string[]): Promise<boolean> {
    const answers = await this.#askAll(names, CONFIRM_MS, (name, id) =>
      this.send(name, { kind: "flush", id }),
    );
    return answers.length === names.length;
  }

  /** Asks nodes. Resolves with the answers that come in time. */
  async ask(names: readonly string[], body: string, patienceMs = ANSWER_MS): Promise<string[]> {
    return this.#askAll(names, patienceMs, (name, id) => this.send(name, { kind: "ask", id, body }));
  }

  /**
   * Sends a question to nodes. Resolves with the answers when all are there, or questions have come back, or the time is over.
   */
  async #askAll(
    names: readonly string[],
    patienceMs: number,
    send: (name: string, id: number) => boolean,
  ): Promise<string[]> {
    const answers: string[] = [];
    const ids = names.map((name) => {
      this.#questions += 1;
      return { name, id: this.#questions };
    });
    const all = ids.map(({ name, id }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#open.set(id, (body) => {
        if (body !== undefined) answers.push(body);
        resolve();
      });
      if (!send(name, id)) resolve();
      return promise;
    });
    await Promise.race([Promise.all(all), delay(patienceMs, undefined, { ref: false })]);
    for (const { id } of ids) this.#open.delete(id);
    return answers;
  }

  #receive(from: string, element: Element): void {
    const sent = readMessage(element);
    if (!sent) {
      this.#options.log.debug({ node: from }, "a message of another node cannot be read");
      return;
    }
    const { sender, message } = sent;
    if (message.kind === "confirm") this.send(from, { kind: "confirmed", id: message.id });
    else if (message.kind === "confirmed") this.#open.get(message.id)?.("");
    else if (message.kind === "answer") this.#open.get(message.id)?.(message.body);
    else if (message.kind === "flush") {
      const { flushServer } = this.#options;
      flushServer(CONFIRM_MS).then((isFlushed) => {
        if (isFlushed) this.send(from, { kind: "confirmed", id: message.id });
      });
    } else if (message.kind === "ask") {
      this.#handlers.asked(message.body).then((body) => {
        if (body !== undefined) this.send(from, { kind: "answer", id: message.id, body });
      });
    } else this.#handlers.message(sender, from, message);
  }
}

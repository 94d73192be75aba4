// Hands over what arrived from other nodes, and drops everything else.
import type { Logger } from "pino";
import type { Element } from "../xmpp/element.ts";
import type { NodeEnvelope } from "./node-envelope.ts";
import type { TransportHandlers } from "./transport.ts";

export class Arrivals {
  readonly #envelope: NodeEnvelope;
  readonly #handlers: TransportHandlers;
  readonly #log: Logger;
  #hasLoggedForeign = false;
  #hasLoggedUnsealed = false;

  constructor(envelope: NodeEnvelope, handlers: TransportHandlers, log: Logger) {
    this.#envelope = envelope;
    this.#handlers = handlers;
    this.#log = log;
  }

  /** Takes what arrived at the address of this node. Returns false if it came from somebody else. */
  take(stanza: Element): boolean {
    const arrival = this.#envelope.open(stanza);
    switch (arrival.kind) {
      case "message":
        this.#handlers.message(arrival.from, arrival.message);
        return true;
      case "returned":
        this.#handlers.undelivered(arrival.to, arrival.message);
        return true;
      case "unsealed":
        this.#logUnsealed(arrival.from);
        return false;
      case "foreign":
        this.#logForeign(stanza);
        return false;
    }
  }

  /** Drops a message that cannot be read. */
  logUnreadable(): void {
    this.#logUnsealed(undefined);
  }

  #logForeign({ attrs }: Element): void {
    if (this.#hasLoggedForeign) return;
    this.#hasLoggedForeign = true;
    this.#log.debug({ from: attrs.from, to: attrs.to }, "dropped what no node has sent; more is not logged");
  }

  #logUnsealed(from: string | undefined): void {
    if (this.#hasLoggedUnsealed) return;
    this.#hasLoggedUnsealed = true;
    this.#log.warn(
      { from },
      "dropped a message that claims to come from a node, but has not the nodes' secret: give all nodes the same database, or look for an intruder; more is not logged",
    );
  }
}

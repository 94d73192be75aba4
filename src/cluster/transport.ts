// Carries messages between the nodes of a service.
import type { Element } from "../xmpp/element.ts";

/** Characters that may wait for the server. More only wait behind a server that hangs. */
export const MOST_WAITING = 64 * 1_048_576;

export interface TransportHandlers {
  /** A message from another node, whose name the transport has checked. */
  message(from: string, message: Element): void;
  /** A message to a node was not delivered, and comes back: the node has no link. */
  undelivered(to: string, message: Element): void;
  /** Messages can be sent. */
  online(): void;
  /** The link was lost. Messages that were sent before may have been lost with it. */
  offline(): void;
}

/**
 * Carries messages to other nodes by name. Messages from one node to another arrive in order, or are lost. A message is one
 * element; its child may be a stanza of any size that the server takes.
 */
export interface NodeTransport {
  readonly isOnline: boolean;
  /** Characters that were sent and wait for the server to read them. */
  readonly waiting: number;
  /** Begins to connect, and connects again whenever the link is lost. */
  start(handlers: TransportHandlers): void;
  /**
   * Sends a message, as markup in the namespace of the stream. Returns false, and sends nothing, without a link or while
   * more than `MOST_WAITING` wait.
   */
  send(to: string, message: string): boolean;
  /** Takes no more messages until `resume`, also over a new link: they wait at the server, or come back to their senders. */
  pause(): void;
  resume(): void;
  /** Sends what is pending and ends; never rejects. */
  stop(): Promise<void>;
}

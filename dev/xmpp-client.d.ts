// Types for @xmpp/client, which has none: the part that the script runner and the tests use.

declare module "@xmpp/client" {
  import type { EventEmitter } from "node:events";
  import type { Element } from "@xmpp/xml";

  export interface Client extends EventEmitter {
    status: string;
    jid: { toString(): string; bare(): { toString(): string } } | null;
    parser: { write(text: string): void } | null;
    /** Takes the data of the socket. */
    _onData(data: Buffer): void;
    options: { service: string };
    /** Time limit for each answer of the server, in milliseconds. */
    timeout: number;
    reconnect: { stop(): void };
    isSecure(): boolean;
    connect(service: string): Promise<unknown>;
    open(options: { domain: string }): Promise<unknown>;
    start(): Promise<{ toString(): string }>;
    stop(): Promise<unknown>;
    disconnect(timeout?: number): Promise<unknown>;
    send(element: Element): Promise<void>;
    write(text: string): Promise<void>;
  }
  export function client(options: {
    service: string;
    domain?: string;
    resource?: string;
    username?: string;
    password?: string;
    /** Replaces `username` and `password`, and chooses the mechanism. */
    credentials?: (
      authenticate: (credentials: { username: string; password: string }, mechanism: string) => Promise<void>,
      mechanisms: readonly string[],
      fast: unknown,
      entity: Client,
    ) => Promise<void>;
  }): Client;
  export function xml(
    name: string,
    attrs?: Record<string, string>,
    ...children: (Element | string)[]
  ): Element;
}

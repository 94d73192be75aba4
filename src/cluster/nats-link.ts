// One connection to NATS, from connecting to its end. The only file that uses @nats-io/transport-node.
import { createHash, randomBytes } from "node:crypto";
import type { ConnectionOptions, NatsConnection, Subscription } from "@nats-io/transport-node";

/** Where the messages of one node go. */
interface Mailbox {
  /** The name of the node. */
  readonly name: string;
  /** The domain of the service. */
  readonly domain: string;
}

export interface NatsLinkOptions extends Mailbox {
  /** Addresses of NATS, such as `nats://user:password@host:4222`, or `tls://` for an encrypted connection. */
  readonly servers: readonly URL[];
}

/** Must not throw. */
export interface NatsLinkHandlers {
  /** A message to this node. */
  message(payload: Uint8Array): void;
  /** NATS knew nobody who waits for a message to that node. */
  returned(to: string, message: string): void;
  /** A message is larger than NATS takes, in bytes. It comes back. */
  oversize(size: number, most: number): void;
}

interface Sent {
  readonly to: string;
  readonly message: string;
  readonly size: number;
}

const PORT = "4222";
const CONNECT_TIMEOUT = 10_000;
const CLOSE_TIMEOUT = 4_000;
/** A server that hangs is noticed after three of these. */
const PING_INTERVAL = 20_000;
/** Milliseconds until it is asked whether NATS has taken what was sent. */
const CONFIRM_AFTER = 10;
const NO_RESPONDERS = 503;

/** A connection that is open when it is created, and is used once. */
export class NatsLink {
  readonly #connection: NatsConnection;
  readonly #options: NatsLinkOptions;
  readonly #handlers: NatsLinkHandlers;
  /** The start of the subjects at which NATS says that a message was not delivered; unpredictable for others. */
  readonly #replies: string;
  readonly #ended = Promise.withResolvers<unknown>();
  /** What NATS may still bring back, by number. */
  readonly #sent = new Map<number, Sent>();
  /** Undefined while this node takes no messages. */
  #messages: Subscription | undefined;
  #hasEnded = false;
  #count = 0;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(connection: NatsConnection, options: NatsLinkOptions, handlers: NatsLinkHandlers) {
    this.#connection = connection;
    this.#options = options;
    this.#handlers = handlers;
    this.#replies = `${subjectOf(options)}.${randomBytes(12).toString("base64url")}`;
    void connection.closed().then((fault) => this.#end(fault ?? new Error("NATS closed the connection")));
    void this.#watch();
  }

  /** Connects, and waits until NATS delivers to this node. */
  static async open(options: NatsLinkOptions, handlers: NatsLinkHandlers): Promise<NatsLink> {
    const { connect } = await import("@nats-io/transport-node");
    const connection = await connect(connectionOptions(options));
    const link = new NatsLink(connection, options, handlers);
    try {
      link.#subscribe();
      // A flush of a connection that ends is never over. One that was refused something is over before it has ended.
      await Promise.race([connection.flush(), link.ended]);
      if (link.#hasEnded) throw await link.ended;
    } catch (error) {
      void connection.close();
      throw error;
    }
    return link;
  }

  /** Resolves with the reason when the connection is over. */
  get ended(): Promise<unknown> {
    return this.#ended.promise;
  }

  get isOpen(): boolean {
    return !this.#hasEnded && !this.#connection.isClosed();
  }

  /** Bytes of messages that NATS may not have taken. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Sends an envelope with a message. What NATS does not take, because it is too large, comes back. */
  send(to: string, message: string, envelope: string): void {
    const payload = Buffer.from(envelope);
    this.#count += 1;
    const number = this.#count;
    this.#sent.set(number, { to, message, size: payload.length });
    this.#waiting += payload.length;
    const { domain } = this.#options;
    const most = this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    if (payload.length > most) {
      this.#handlers.oversize(payload.length, most);
      queueMicrotask(() => this.#return(number));
      return;
    }
    this.#connection.publish(subjectOf({ name: to, domain }), payload, {
      reply: `${this.#replies}.${number}`,
    });
    this.#timer ??= setTimeout(() => void this.#confirm(), CONFIRM_AFTER);
  }

  /** Sends what is pending and closes the connection; never rejects. */
  async close(): Promise<void> {
    const timer = setTimeout(() => void this.#connection.close(), CLOSE_TIMEOUT);
    await this.#connection.drain().catch(() => this.#connection.close());
    clearTimeout(timer);
  }

  /** NATS brings back what is for this node from now on, but for what is on its way to it. */
  pause(): void {
    const messages = this.#messages;
    this.#messages = undefined;
    void messages?.drain().catch(() => {}); // the connection is over
  }

  resume(): void {
    if (!this.isOpen) return;
    this.#messages ??= this.#connection.subscribe(subjectOf(this.#options), {
      callback: (fault, message) => (fault ? this.#fail(fault) : this.#handlers.message(message.data)),
    });
  }

  #subscribe(): void {
    this.resume();
    this.#connection.subscribe(`${this.#replies}.*`, {
      callback: (fault, message) => {
        if (fault) this.#fail(fault);
        else if (message.headers?.code === NO_RESPONDERS)
          this.#return(Number(message.subject.slice(this.#replies.length + 1)));
      },
    });
  }

  /** NATS answers a ping after everything that came before it: what it has not brought back by then is delivered. */
  async #confirm(): Promise<void> {
    const last = this.#count;
    try {
      await this.#connection.flush();
    } catch {
      return; // The connection is over.
    }
    if (this.#hasEnded) return;
    for (const number of this.#sent.keys()) {
      if (number > last) break;
      this.#take(number);
    }
    this.#timer = this.#sent.size > 0 ? setTimeout(() => void this.#confirm(), CONFIRM_AFTER) : undefined;
  }

  #return(number: number): void {
    const sent = this.#take(number);
    if (sent) this.#handlers.returned(sent.to, sent.message);
  }

  #take(number: number): Sent | undefined {
    const sent = this.#sent.get(number);
    this.#sent.delete(number);
    this.#waiting -= sent?.size ?? 0;
    return sent;
  }

  /** Ends the connection at an error of NATS, such as a missing permission: messages would get lost. */
  async #watch(): Promise<void> {
    for await (const status of this.#connection.status())
      if (status.type === "error") this.#fail(status.error);
  }

  #fail(fault: unknown): void {
    this.#end(fault);
    void this.#connection.close();
  }

  #end(reason: unknown): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#ended.resolve(reason);
  }
}

/** Returns the subject of a node. Domains have dots, which separate the parts of a subject. */
function subjectOf({ name, domain }: Mailbox): string {
  return `verona.${createHash("sha256").update(domain).digest("base64url").slice(0, 16)}.${name}`;
}

function connectionOptions({ name, servers }: NatsLinkOptions): ConnectionOptions {
  const { username = "", password = "" } = servers.find((server) => server.username !== "") ?? {};
  const [user, pass] = [username, password].map(decodeURIComponent);
  return {
    servers: servers.map(({ hostname, port }) => `${hostname}:${port || PORT}`),
    ...(user !== "" && { user, pass }),
    ...(servers.some(({ protocol }) => protocol === "tls:") && { tls: {} }),
    ...{ name: `verona ${name}`, reconnect: false, ignoreClusterUpdates: true, noAsyncTraces: true },
    ...{ timeout: CONNECT_TIMEOUT, pingInterval: PING_INTERVAL },
  };
}

// The servers and the links of the nodes to them.
import type { NodeId } from "../../../src/cluster/cluster-tables.ts";
import type { NodeMessage } from "../../../src/cluster/node-message.ts";
import type { Random } from "../../crash/random.ts";
import type { Clock } from "./clock.ts";
import type { Ledger, Stanza } from "./ledger.ts";
import type { Process } from "./process.ts";

type Message = NodeMessage<Stanza>;

export interface LinkHandlers {
  message(from: NodeId, name: string, message: Message): void;
  undelivered(message: Message): void;
  online(): void;
  offline(): void;
}

/** One connection of a node to its server. */
class Connection {
  readonly process: Process;
  readonly handlers: LinkHandlers;
  /** When the last message arrives, by where it goes: those to one place arrive in order. */
  readonly arrivals = new Map<string, number>();
  /** What was sent later, and has not arrived, is lost. */
  lostAfter = Number.POSITIVE_INFINITY;
  isBroken = false;

  constructor(process: Process, handlers: LinkHandlers) {
    this.process = process;
    this.handlers = handlers;
  }
}

export class Network {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  /** The connections that the servers know, by the node's name. */
  readonly connections = new Map<string, Connection>();
  /** Milliseconds of a way, at most. */
  latencyMs = 5;
  messages = 0;
  outputs = 0;

  constructor(clock: Clock, random: Random, ledger: Ledger) {
    this.clock = clock;
    this.random = random;
    this.ledger = ledger;
  }

  /** Sends something that arrives after what the connection has sent to the same place before. */
  travel(from: Connection, to: string, arrive: () => void, lost: () => void = () => {}): void {
    const sentAt = this.clock.now;
    const last = from.arrivals.get(to) ?? 0;
    const at = Math.max(last, sentAt + this.random.next() * this.latencyMs);
    from.arrivals.set(to, at);
    this.clock.after(at - sentAt, () => (sentAt > from.lostAfter ? lost() : arrive()));
  }

  /** Brings a message to the connection of a node; without one, it comes back. */
  deliver(from: Connection, sender: { id: NodeId; name: string }, to: string, message: Message): void {
    this.messages += 1;
    const lost = () => this.lose(message);
    const arrive = () => {
      const target = this.connections.get(to);
      if (target?.isBroken) lost();
      else if (target)
        target.process.run(() => target.handlers.message(sender.id, sender.name, message), lost);
      else if (from.isBroken || from !== this.connections.get(sender.name)) lost();
      else
        this.travel(
          from,
          "back",
          () => from.process.run(() => from.handlers.undelivered(message), lost),
          lost,
        );
    };
    this.travel(from, to, arrive, lost);
  }

  lose(message: Message): void {
    if ("stanza" in message) this.ledger.excuse(message.stanza);
  }
}

/** A node's link: it connects again when it is lost. */
export class Link {
  readonly #network: Network;
  readonly #process: Process;
  readonly #self: { readonly id: NodeId; readonly name: string };
  readonly #handlers: LinkHandlers;
  readonly #hasLease: () => boolean;
  #connection: Connection | undefined;
  /** Waits for the lease. */
  #held: { readonly write: () => void; readonly lost: () => void }[] = [];
  #offlineSince = 0;

  constructor(
    network: Network,
    process: Process,
    self: { readonly id: NodeId; readonly name: string },
    handlers: LinkHandlers,
    hasLease: () => boolean,
  ) {
    this.#network = network;
    this.#process = process;
    this.#self = self;
    this.#handlers = handlers;
    this.#hasLease = hasLease;
  }

  get isOnline(): boolean {
    return this.#connection !== undefined;
  }

  /** Milliseconds since the link was lost; 0 with a link. */
  get offlineMs(): number {
    return this.#connection ? 0 : this.#network.clock.now - this.#offlineSince;
  }

  connect(): void {
    if (this.#process.isEnded) return;
    const connection = new Connection(this.#process, this.#handlers);
    this.#network.connections.set(this.#self.name, connection);
    this.#process.run(() => {
      this.#connection = connection;
      this.#handlers.online();
    });
  }

  send(to: string, message: Message): boolean {
    const connection = this.#connection;
    if (!connection) return false;
    const lost = () => this.#network.lose(message);
    this.#write(() => {
      if (connection.isBroken) lost();
      else this.#network.deliver(connection, this.#self, to, message);
    }, lost);
    return true;
  }

  /** Sends what users shall see to a server that has a node: nobody can ask the others how far they are. */
  output(to: string, arrive: () => void): void {
    const connection = this.#connection;
    this.#network.outputs += 1;
    if (connection && this.#network.connections.has(to))
      this.#write(() => this.#network.travel(connection, to, arrive));
  }

  /** Resolves when the servers have got all that was sent to them. */
  confirm(names: readonly string[]): Promise<void> {
    const { random } = this.#network;
    return new Promise((resolve, reject) => {
      const connection = this.#connection;
      // On its way to the others, a question passes this node's own server.
      const left = new Set([...names, this.#self.name]);
      this.#process.after(1000, () => reject(new Error("a server does not answer")));
      if (!connection || random.chance(0.02)) return;
      for (const name of left) {
        const back = () =>
          this.#process.run(() => {
            left.delete(name);
            if (left.size === 0) resolve();
          });
        this.#write(() =>
          this.#network.travel(connection, name, () => this.#network.travel(connection, "back", back)),
        );
      }
    });
  }

  /** Writes what was held while there was no lease. */
  flush(): void {
    const held = this.#held;
    this.#held = [];
    for (const { write } of held) write();
  }

  /** The process has ended: what it held is lost. */
  end(): void {
    for (const { lost } of this.#held) lost();
    this.#held = [];
  }

  /** Breaks the connection for some milliseconds. Both sides need time to see it. */
  break(ms: number): void {
    const { clock, random, connections, ledger } = this.#network;
    const connection = connections.get(this.#self.name);
    ledger.hadLoss = true;
    if (!connection || connection.isBroken || connection.process !== this.#process) return;
    connection.isBroken = true;
    connection.lostAfter = clock.now - random.below(20);
    clock.after(random.below(300), () => {
      if (connections.get(this.#self.name) === connection) connections.delete(this.#self.name);
    });
    const noticeMs = random.below(200);
    this.#process.after(noticeMs, () => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      this.#offlineSince = clock.now;
      this.#handlers.offline();
    });
    this.#process.after(noticeMs + ms, () => {
      if (!this.#connection) this.connect();
    });
  }

  /** Ends the connection in order: what was sent arrives. */
  close(): void {
    const { connections } = this.#network;
    if (connections.get(this.#self.name) === this.#connection) connections.delete(this.#self.name);
    this.#connection = undefined;
  }

  #write(write: () => void, lost: () => void = () => {}): void {
    const connection = this.#connection;
    if (this.#hasLease() && this.#held.length === 0) write();
    else {
      const late = () => (connection === this.#connection ? write() : lost());
      this.#held.push({ write: late, lost });
    }
  }
}

// One process of the service, with everything that it talks to.
import type { ClusterNode } from "../../../src/cluster/cluster-tables.ts";
import { ClusterMember } from "../../../src/cluster/member.ts";
import { SLOTS } from "../../../src/cluster/slots.ts";
import type { Stanza } from "./ledger.ts";
import { Link, type Network } from "./network.ts";
import { Process } from "./process.ts";
import { Rooms, type RoomsParts } from "./rooms.ts";
import { Session, type SessionWorld } from "./session.ts";

/** What all nodes share. */
export interface NodeWorld extends SessionWorld, Pick<RoomsParts, "ledger" | "shown" | "audienceOf"> {
  readonly network: Network;
  nodeEnded(node: Node): void;
}

const TICK_MS = 25;
/** Milliseconds without a link after which a process ends, so that others can serve its rooms. */
const WITHOUT_LINK_MS = 5000;
/** Milliseconds after which a node that leaves waits no longer. */
const LEAVE_MS = 24_000;

const LOG = { info: () => {}, error: () => {}, debug: () => {} };

export class Node {
  readonly #world: NodeWorld;
  readonly process: Process;
  readonly self: ClusterNode;
  readonly session: Session;
  readonly link: Link;
  readonly rooms: Rooms;
  readonly member: ClusterMember<Stanza>;
  isLeaving = false;
  #isStopped = false;

  constructor(world: NodeWorld, self: ClusterNode) {
    const { ledger, database, shown, audienceOf } = world;
    this.#world = world;
    this.self = self;
    this.process = new Process(world.clock, () => this.#ended());
    this.session = new Session(world, this.process, self);
    this.link = new Link(
      world.network,
      this.process,
      self,
      {
        message: (from, name, message) => {
          // To the process that had the name before, and has ended.
          if ("to" in message && message.to !== self.id) world.network.lose(message);
          this.member.receive(from, name, message);
        },
        undelivered: (message) => this.member.undelivered(message),
        online: () => this.member.online(),
        offline: () => this.member.offline(),
      },
      () => this.session.hasLease,
    );
    this.session.onLease = () => this.link.flush();
    this.rooms = new Rooms({
      ...{ ledger, database, shown, audienceOf },
      ...{ session: this.session, process: this.process, link: this.link },
    });
    this.member = new ClusterMember({
      ...{ tables: this.session, rooms: this.rooms, link: this.link, log: LOG },
      ...{ mostBytes: 1_000_000_000, sizeOf: () => 100 },
    });
  }

  start(): void {
    this.session.start();
    this.link.connect();
    void this.member.join();
    this.#tick();
  }

  /** Takes a stanza from the server, as long as that has a connection to this process. */
  take(slot: number): void {
    if (this.isLeaving) return;
    const { network, ledger, clock } = this.#world;
    const connection = network.connections.get(this.self.name);
    if (connection?.process !== this.process || connection.isBroken) return;
    // It may wait in the socket: it counts when the process reads it.
    this.process.run(() => this.member.take(slot, ledger.receive(this.self.id, slot, clock.now)));
  }

  /** Ends as an operator wants it. */
  leave(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.process.run(() => void this.#stop());
  }

  async #stop(): Promise<void> {
    const { clock, database, ledger } = this.#world;
    const until = clock.now + LEAVE_MS;
    ledger.mayRefuse = true;
    await this.member.leave();
    await this.member.finish();
    // Nothing is lost unless the time was too short.
    this.#isStopped = clock.now < until;
    if (!this.#isStopped) ledger.hadLoss = true;
    await this.rooms.settle(Array.from({ length: SLOTS }, (_, slot) => slot));
    if (this.#isStopped) this.link.close();
    this.process.end("it was stopped");
    database.close(this.self.id);
  }

  #tick(): void {
    if (this.link.offlineMs > WITHOUT_LINK_MS) this.process.end("it has no link");
    this.member.tick(this.#world.clock.now);
    this.process.after(TICK_MS, () => this.#tick());
  }

  #ended(): void {
    const { ledger } = this.#world;
    this.rooms.end();
    this.link.end();
    if (!this.#isStopped) {
      this.link.break(0);
      ledger.excuseAllOf(this.self.id);
    }
    this.#world.nodeEnded(this);
  }
}

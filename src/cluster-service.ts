// Composes what a process needs to serve a domain together with others.
import type { Logger } from "pino";
import { z } from "zod";
import type { NodeAnswers, NodeCounts, NodeQuestion, OtherNodes } from "./admin/other-nodes.ts";
import type { SubscribedLists } from "./blocklist/subscribed-lists.ts";
import { ClusterLink } from "./cluster/cluster-link.ts";
import type { ClusterTables } from "./cluster/cluster-tables.ts";
import { ComponentTransport } from "./cluster/component-transport.ts";
import { ClusterMember } from "./cluster/member.ts";
import { NatsTransport } from "./cluster/nats-transport.ts";
import { slotOf } from "./cluster/slots.ts";
import type { NodeTransport } from "./cluster/transport.ts";
import { readCall, readOutcome, writeCall, writeOutcome } from "./cluster-operations.ts";
import { ClusterRooms, type ClusterRoomsParts } from "./cluster-rooms.ts";
import type { Config } from "./config/config.ts";
import { PARSED_FACTOR } from "./connection/output-size.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import type { Way } from "./handover.ts";
import type { OperationOutcome } from "./operations/operation.ts";
import type { OperationCall, OtherProcesses } from "./operations/other-processes.ts";
import type { OperationRunner } from "./operations/run-operation.ts";
import type { Router } from "./router.ts";
import type { Lease } from "./storage/lease.ts";
import { type Element, parse, sizeOf } from "./xmpp/element.ts";
import { refuse } from "./xmpp/result.ts";
import type { Stanza } from "./xmpp/stanza.ts";
import { errors } from "./xmpp/stanza-error.ts";
import { say } from "./xmpp/text.ts";

/** Bytes of memory that stanzas may take while they wait for other nodes. */
const MOST_WAITING = 67_108_864;
/** Milliseconds between two looks at what waits, and while nothing does. */
const TICK_MS = 10;
const QUIET_TICK_MS = 100;
/** Milliseconds between two counts of the rooms of all nodes. */
const COUNT_MS = 10_000;

export interface ClusterParts extends ClusterRoomsParts {
  readonly tables: ClusterTables;
  readonly transport: NodeTransport;
  readonly log: Logger;
  /** The link of the rooms. */
  readonly link: { readonly online: boolean };
  /**
   * Sends a message to a node behind all that the rooms have written. Returns false without a link. Undefined if nodes have no
   * addresses at the server.
   */
  readonly sendBehindRooms: ((to: string, message: string) => boolean) | undefined;
  /** Returns the message that `sendBehindRooms` sent, if a stanza is one that came back. */
  readReturned(stanza: Element): Element | undefined;
  /** Resolves with true when the server has delivered everything that it has for the rooms now. */
  flushServer(timeoutMs: number): Promise<boolean>;
  /** Opens the connections to the database that the first rooms would wait for. Never rejects. */
  warmUp(): Promise<void>;
  /** Answers a question of another node. */
  answer(question: NodeQuestion): NodeCounts | undefined;
  /** Runs an operation on a room of this node; resolves with undefined if it does not serve the room. Never rejects. */
  runHere(call: OperationCall): Promise<OperationOutcome | undefined>;
}

const nodeCounts = z.object({
  rooms: z.int(),
  occupants: z.int(),
  sessions: z.int(),
  messages: z.int(),
  memory: z.number(),
});
const nodeQuestion = z.discriminatedUnion("what", [
  z.object({ what: z.literal("announce"), text: z.string() }),
  z.object({ what: z.literal("count") }),
  z.object({ what: z.literal("blocklist"), stanza: z.string() }),
]);

/** Milliseconds for an operation of another node. */
const OPERATION_MS = 30_000;
const UNANSWERED = errors.remoteServerTimeout(
  say`The node that serves this room has not answered. It may have done what was asked`,
);

/** This process among those that serve the domain. */
export class Cluster implements OtherNodes, OtherProcesses {
  readonly #parts: ClusterParts;
  readonly #member: ClusterMember<Stanza>;
  readonly #nodes: ClusterLink;
  #hasJoined = false;
  #isLeaving = false;
  #whenReady: () => void = () => {};
  /** Number of times that the link of the rooms was there. */
  #takeOvers = 0;
  #counting: NodeJS.Timeout | undefined;
  #ticking: NodeJS.Timeout | undefined;

  constructor(parts: ClusterParts) {
    const { tables, transport, log } = parts;
    this.#parts = parts;
    this.#nodes = new ClusterLink(
      {
        ...{ self: tables.self, transport, log },
        sendBehindRooms: parts.sendBehindRooms,
        flushServer: (timeoutMs) => parts.flushServer(timeoutMs),
      },
      {
        message: (from, name, message) => this.#member.receive(from, name, message),
        async asked(body) {
          const call = readCall(body);
          if (call) return writeOutcome(await parts.runHere(call));
          const question = parsed(nodeQuestion, body);
          const answer = question && parts.answer(question);
          return answer && JSON.stringify(answer);
        },
        undelivered: (message) => this.#member.undelivered(message),
        online: () => this.#goOnline(),
        offline: () => this.#member.offline(),
      },
    );
    this.#member = new ClusterMember<Stanza>({
      ...{ tables, log, link: this.#nodes },
      rooms: new ClusterRooms(parts, (slot) => this.#member.owns(slot)),
      ...{ mostBytes: MOST_WAITING, sizeOf: ({ element }) => sizeOf(element) * PARSED_FACTOR },
    });
  }

  /** True if this node can send to its server and to other nodes. */
  get isOnline(): boolean {
    return this.#parts.link.online && this.#nodes.isOnline;
  }

  /**
   * The way to users, for `watchForHandover`: with the links, or none. Other nodes have servers of their own, so it does not help
   * that this one's server can be reached.
   */
  get way(): Way {
    const isOnline = (): boolean => this.isOnline;
    return {
      link: {
        get online() {
          return isOnline();
        },
      },
      reachesServer: async () => false,
      isNeeded: () => this.#member.owned > 0,
      isShared: true, // NATS
    };
  }

  /** Number of slots that this node serves. */
  get slots(): number {
    return this.#member.served;
  }

  /** Bytes of the stanzas that wait for other nodes. */
  get waitingBytes(): number {
    return this.#member.waitingBytes;
  }

  /** Returns true if this node owns the slot of a room. */
  owns(node: string): boolean {
    return this.#member.owns(slotOf(node));
  }

  /** Returns true if this node does what one of them has to do for all. */
  get isFirst(): boolean {
    return this.#member.serves(0);
  }

  /**
   * Begins the work. Connects to the other nodes first: with a link for the rooms alone, the server would give this node stanzas
   * that it cannot forward yet. `ready` is called when it can.
   */
  start(ready: () => void): void {
    this.#whenReady = ready;
    void this.#parts.warmUp();
    this.#nodes.start();
    const { registry, store, faultLog } = this.#parts;
    registry.isFrozen = (node) => !this.#member.serves(slotOf(node));
    const recount = async (): Promise<void> =>
      registry.recount(await store.countRooms(), await store.countRoomsByDomain());
    this.#counting = setInterval(() => {
      recount().catch((error) => faultLog.note({ err: error }, "failed to count the rooms of all nodes"));
    }, COUNT_MS);
    this.#tick();
  }

  #tick(): void {
    this.#member.tick(performance.now());
    this.#ticking = setTimeout(() => this.#tick(), this.#member.isBusy ? TICK_MS : QUIET_TICK_MS);
  }

  /**
   * The link of the rooms is there: the server gives stanzas of its users to this node from now on. Holds them until other nodes
   * have read what they got of these users before.
   */
  serverOnline(): void {
    this.#joinOnce();
    void this.#takeOver();
  }

  async #takeOver(): Promise<void> {
    this.#takeOvers += 1;
    const number = this.#takeOvers;
    this.#member.pause();
    const isFlushed = await this.#nodes.flush(this.#member.others);
    if (!isFlushed) this.#parts.log.debug("another node did not tell that it has read everything");
    // The link may have been lost and be back.
    if (number === this.#takeOvers) this.#member.resume();
  }

  /** Takes nothing from other nodes while too much of this one's output waits: it would take memory without bound. */
  setPaused(isPaused: boolean): void {
    if (isPaused) this.#parts.transport.pause();
    else this.#parts.transport.resume();
  }

  /** Returns true if a stanza is a message of this node to another one that came back to the rooms' domain. */
  takeReturned(stanza: Element): boolean {
    const message = this.#parts.readReturned(stanza);
    if (message) this.#nodes.undelivered(message);
    return message !== undefined;
  }

  /** Takes a stanza for a room in a slot: it goes to the owner. */
  take(slot: number, stanza: Stanza): void {
    this.#member.take(slot, stanza);
  }

  async ask(question: NodeQuestion): Promise<NodeAnswers> {
    const names = this.#member.others;
    const answers = await this.#nodes.ask(names, JSON.stringify(question));
    const counts = answers.flatMap((body) => parsed(nodeCounts, body) ?? []);
    return { counts, silent: names.length - counts.length };
  }

  /** Returns true while this node serves a room. */
  serves(node: string): boolean {
    return this.#member.serves(slotOf(node));
  }

  async run(node: string, call: OperationCall): Promise<OperationOutcome | undefined> {
    const owner = this.#member.ownerOf(slotOf(node));
    if (owner === undefined) return undefined;
    const [answer] = await this.#nodes.ask([owner], writeCall(call), OPERATION_MS);
    return answer === undefined ? refuse(UNANSWERED) : readOutcome(answer);
  }

  /** Resolves when other nodes have handled all that was taken; the server gives this node nothing more. Never rejects. */
  finish(): Promise<void> {
    return this.#member.finish();
  }

  /** Gives all rooms to other nodes, if there are any. Never rejects. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    // Without a link nobody confirms what this node has written: others take its rooms when it has ended.
    if (!this.isOnline) return;
    await this.#member.leave();
    if (this.#member.served > 0 && this.#member.others.length > 0)
      this.#parts.log.error("stopping with rooms that other nodes did not take");
  }

  async stop(): Promise<void> {
    clearInterval(this.#counting);
    clearTimeout(this.#ticking);
    await this.#nodes.stop();
  }

  #goOnline(): void {
    this.#member.online();
    this.#joinOnce();
    const ready = this.#whenReady;
    this.#whenReady = () => {};
    void this.#member.read().then(ready);
  }

  #joinOnce(): void {
    if (this.#hasJoined || this.#isLeaving || !this.isOnline) return;
    this.#hasJoined = true;
    this.#member.join().catch((error) => {
      this.#hasJoined = false;
      this.#parts.log.error({ err: error }, "failed to join the cluster");
    });
  }
}

function parsed<T>(schema: z.ZodType<T>, body: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

interface Surroundings
  extends Omit<
    ClusterParts,
    | "transport"
    | "link"
    | "sendBehindRooms"
    | "readReturned"
    | "flushServer"
    | "answer"
    | "runHere"
    | "signal"
  > {
  readonly config: Pick<Config, "component" | "cluster">;
  readonly connection: ServerConnection;
  readonly router: Router;
  readonly lists: SubscribedLists;
  /** Operations, which are there when the work begins. */
  operations(): OperationRunner;
  readonly lease: Lease | undefined;
}

/** Makes this process a node of its cluster. `start` begins the work. */
export function startCluster(parts: Surroundings, signal: AbortSignal): Cluster {
  const { connection, router, outbox, lists, operations } = parts;
  const cluster = new Cluster({
    ...{ ...parts, ...messagesOf(parts), link: connection.link, signal },
    runHere: (call) => operations().runHere(call),
    flushServer: (timeoutMs) => connection.flush(timeoutMs),
    answer(question) {
      if (question.what === "blocklist") lists.take(parse(question.stanza));
      const answer = router.answerNode(question);
      if (answer) outbox.add(answer.effects);
      return answer?.counts;
    },
  });
  router.others = cluster;
  return cluster;
}

/** Chooses what carries the messages between nodes: NATS, or the XMPP server. */
function messagesOf(
  parts: Surroundings,
): Pick<ClusterParts, "transport" | "sendBehindRooms" | "readReturned"> {
  const { tables, config, connection, lease, log } = parts;
  const { component } = config;
  const identity = { name: tables.self.name, secret: tables.secret, lease, log };
  const nats = config.cluster?.nats ?? [];
  if (nats.length > 0) {
    const servers = nats.map((url) => new URL(url));
    const transport = new NatsTransport({ ...identity, domain: component.domain, servers });
    return { transport, sendBehindRooms: undefined, readReturned: () => undefined };
  }
  const transport = new ComponentTransport({ ...identity, component });
  return {
    transport,
    readReturned: (stanza) => transport.readReturned(stanza),
    sendBehindRooms: (to, message) => connection.link.write(transport.wrapForRooms(to, message)),
  };
}

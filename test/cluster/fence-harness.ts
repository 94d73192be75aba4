// The fence test: nodes commit to one database and are buried at any instant. What a node was told to be kept is kept, and
// nothing of it is kept after its burial (docs/decisions/0058).
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { beginEpoch } from "../../src/storage/postgres/epoch-record.ts";
import { END_SESSIONS } from "../../src/storage/postgres/lease-queries.ts";
import { BURY } from "../../src/storage/postgres/node-queries.ts";
import { PostgresStore } from "../../src/storage/postgres/store.ts";
import { Random } from "../crash/random.ts";
import { room } from "../storage/records.ts";
import { accountOf, FenceNode, isBuried, ROOMS, roomOf } from "./fence-node.ts";

const NODES = 6;
/** The least number of nodes to go on with, while others register. */
const LEAST_NODES = 3;
/** The longest time between two burials; milliseconds. */
const LONGEST_PAUSE_MS = 30;

const SEEN = "SELECT beat::text, holder FROM verona.node WHERE id = $1";

/** How a node is buried, while it goes on committing. */
export const WAYS = {
  /** By another one. */
  silent: "by another node",
  /** By another one, at the moment when its sessions end; it opens new ones and repeats its commit. */
  cut: "at the moment when its sessions end",
  /** By two others at once. */
  contested: "by two others at once",
  /** While it buries the one that buries it. */
  mutual: "by a node that it buries at the same moment",
  /** With all others, by a single process that takes the database. */
  epoch: "with all others, by a single process",
} as const;
export type Way = keyof typeof WAYS;

const isWay = (name: string): name is Way => name in WAYS;

export interface FenceOptions {
  readonly takeovers: number;
  readonly seed: number;
  /** The address of an empty database. */
  readonly url: string;
  progress?(done: number): void;
}

export interface FenceReport {
  takeovers: number;
  readonly ways: Record<Way, number>;
  commits: number;
  acknowledged: number;
  /** Commits of messages, under way at a burial, that were kept and told to nobody, and ones that were refused. */
  keptUntold: number;
  refused: number;
  readonly findings: string[];
}

/** Buries nodes; what contradicts the promise is a finding. */
export async function fence(options: FenceOptions): Promise<FenceReport> {
  const single = await PostgresStore.open(options.url);
  for (let slot = 0; slot < ROOMS; slot++)
    await single.commit([{ kind: "room-stored", room: { ...room, node: roomOf(slot) } }]);
  await single.close();
  const sessions = [new pg.Client(options.url), new pg.Client(options.url)] as const;
  for (const session of sessions) await session.connect();
  const readers = new pg.Pool({ connectionString: options.url, max: 3 });
  const run = new Run(sessions, readers, options);
  try {
    await run.start();
    while (run.report.takeovers < options.takeovers && run.report.findings.length === 0) {
      await run.strike();
      options.progress?.(run.report.takeovers);
    }
    await run.end();
    return run.report;
  } finally {
    await readers.end();
    for (const session of sessions) await session.end();
  }
}

class Run {
  readonly report: FenceReport = {
    ...{ takeovers: 0, commits: 0, acknowledged: 0, keptUntold: 0, refused: 0, findings: [] },
    ways: { silent: 0, cut: 0, contested: 0, mutual: 0, epoch: 0 },
  };
  readonly #sessions: readonly [pg.Client, pg.Client];
  readonly #readers: pg.Pool;
  readonly #url: string;
  readonly #random: Random;
  #nodes: FenceNode[] = [];
  /** Checks of buried nodes, and registrations of new ones, that go on beside. */
  #beside = new Set<Promise<void>>();

  constructor(sessions: readonly [pg.Client, pg.Client], readers: pg.Pool, { url, seed }: FenceOptions) {
    this.#sessions = sessions;
    this.#readers = readers;
    this.#url = url;
    this.#random = new Random(seed);
  }

  async start(): Promise<void> {
    for (let number = 0; number < NODES; number++) await this.#addNode();
    await this.#claim();
  }

  /** Buries one node, or all, at a random instant. */
  async strike(): Promise<void> {
    await this.#untilThere(LEAST_NODES);
    if (this.#random.chance(0.8)) await delay(this.#random.below(LONGEST_PAUSE_MS));
    const way = this.#choose();
    this.report.ways[way] += 1;
    const [dead, heir, third] = this.#shuffled();
    if (!dead || !heir || !third) throw new Error("too few nodes");
    if (way === "epoch") return this.#endAll();
    const [mine, others] = this.#sessions;
    const first = this.#bury(mine, heir, dead, way === "cut");
    if (way === "contested") {
      const outcome = await Promise.all([first, this.#bury(others, third, dead)]);
      if (outcome[0] === outcome[1]) this.#find(`two nodes buried ${dead.id} with the outcomes ${outcome}`);
      return this.#buried(dead, outcome[0] ? heir : third);
    }
    if (way === "mutual") {
      const outcome = await Promise.all([first, this.#bury(others, dead, heir)]);
      if (outcome[0] === outcome[1]) this.#find(`${heir.id} and ${dead.id} buried each other: ${outcome}`);
      return outcome[0] ? this.#buried(dead, heir) : this.#buried(heir, dead);
    }
    if (!(await first)) this.#find(`${dead.id} could not be buried by ${heir.id}`);
    await this.#buried(dead, heir);
  }

  /** Ends the work, and compares what the remaining nodes know with what is kept. */
  async end(): Promise<void> {
    await Promise.all(this.#beside);
    for (const node of this.#nodes) {
      const error = await node.stop();
      if (error !== undefined) this.#find(`the node ${node.id} ended by ${error}`);
      await this.#compare(node, await this.#keptOf(node));
      await node.store.close();
    }
  }

  /**
   * Buries a node whatever its beat is. Resolves with false if another one was faster, or the burier is buried. Two that bury
   * at once have a session each.
   */
  async #bury(session: pg.Client, heir: FenceNode, dead: FenceNode, cuts = false): Promise<boolean> {
    const heirs = JSON.stringify([{ to: heir.id, slots: [...dead.slots] }]);
    for (;;) {
      const { rows } = await session.query(SEEN, [dead.id]);
      const [seen] = rows;
      if (!seen) return false;
      if (cuts) await session.query(END_SESSIONS, [seen.holder]);
      const outcome = await session.query(BURY, [heir.id, dead.id, seen.beat, heirs]);
      if (outcome.rows[0]?.is_buried === true) return true;
      if ((await session.query(SEEN, [heir.id])).rows.length === 0) return false;
    }
  }

  /** The heir serves the rooms at once, while the buried node still believes that it does. */
  async #buried(dead: FenceNode, heir: FenceNode): Promise<void> {
    const before = await this.#keptOf(dead);
    for (const slot of dead.slots) heir.slots.add(slot);
    this.report.takeovers += 1;
    await this.#checkOwners(heir, dead);
    this.#replace(dead, before);
  }

  /** Ends all registrations, as a single process does that takes the database. */
  async #endAll(): Promise<void> {
    await this.#untilThere(NODES);
    const seen = { lastCommit: "single", id: undefined, epoch: "0", beat: "0" };
    await beginEpoch(this.#sessions[0], seen);
    const nodes = [...this.#nodes];
    const kept = await Promise.all(nodes.map((node) => this.#keptOf(node)));
    this.report.takeovers += 1;
    for (const [index, node] of nodes.entries()) this.#replace(node, kept[index] ?? new Set());
    await this.#untilThere(NODES);
    await this.#claim();
  }

  #replace(dead: FenceNode, before: ReadonlySet<string>): void {
    this.#nodes = this.#nodes.filter((node) => node !== dead);
    this.#begin(this.#check(dead, before));
    this.#begin(this.#addNode());
  }

  /** Waits until a buried node is refused. What it wrote must be what was kept at its burial. */
  async #check(dead: FenceNode, before: ReadonlySet<string>): Promise<void> {
    const error = await dead.ended;
    if (!isBuried(error)) this.#find(`the node ${dead.id} was buried, and ended by ${error}`);
    await dead.store.close();
    const after = await this.#keptOf(dead);
    for (const id of after) if (!before.has(id)) this.#find(`the message ${id} was kept after the burial`);
    if (dead.inFlight.length > 0)
      if (dead.inFlight.every((id) => after.has(id))) this.report.keptUntold += 1;
      else this.report.refused += 1;
    await this.#compare(dead, after);
  }

  async #compare(node: FenceNode, kept: ReadonlySet<string>): Promise<void> {
    this.report.commits += node.commits;
    this.report.acknowledged += node.acknowledged.length;
    for (const id of node.acknowledged)
      if (!kept.has(id)) this.#find(`the acknowledged message ${id} is missing`);
    const inFlight = node.inFlight.filter((id) => kept.has(id)).length;
    if (
      kept.size !== node.acknowledged.length + inFlight ||
      (inFlight > 0 && inFlight < node.inFlight.length)
    )
      this.#find(
        `${kept.size} messages of ${node.id} are kept, ${node.acknowledged.length} are acknowledged`,
      );
  }

  async #checkOwners(heir: FenceNode, dead: FenceNode): Promise<void> {
    const view = await heir.store.cluster?.read();
    for (const slot of dead.slots)
      if (view?.slots[slot]?.owner !== heir.id)
        this.#find(`the slot ${slot} of ${dead.id} is not ${heir.id}'s`);
  }

  async #keptOf(node: FenceNode): Promise<ReadonlySet<string>> {
    const { rows } = await this.#readers.query(
      `SELECT stanza_id FROM verona.message WHERE room IN (SELECT id FROM verona.room WHERE node LIKE 'room%')
        AND split_part(jid, '/', 1) = $1`,
      [accountOf(node.id)],
    );
    return new Set(rows.map(({ stanza_id }) => String(stanza_id)));
  }

  async #addNode(): Promise<void> {
    const node = await FenceNode.start(this.#url, this.#random);
    this.#nodes.push(node);
  }

  /** Shares the slots of nobody among the nodes. */
  async #claim(): Promise<void> {
    for (let slot = 0; slot < ROOMS; slot++) {
      const node = this.#nodes[slot % NODES];
      await node?.store.cluster?.claim([slot]);
      node?.slots.add(slot);
    }
  }

  async #untilThere(count: number): Promise<void> {
    while (this.#nodes.length < count) {
      if (this.#beside.size === 0) throw new Error(`too few nodes: ${this.report.findings}`);
      await Promise.race(this.#beside);
    }
  }

  #choose(): Way {
    if (this.#random.chance(0.01)) return "epoch";
    return this.#random.of(
      Object.keys(WAYS)
        .filter(isWay)
        .filter((way) => way !== "epoch"),
    );
  }

  #shuffled(): FenceNode[] {
    const rest = [...this.#nodes];
    return this.#nodes.flatMap(() => rest.splice(this.#random.below(rest.length), 1));
  }

  #begin(work: Promise<void>): void {
    const begun = work.catch((error) => this.#find(`${error}`)).finally(() => this.#beside.delete(begun));
    this.#beside.add(begun);
  }

  #find(finding: string): void {
    this.report.findings.push(finding);
  }
}

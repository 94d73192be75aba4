// Many nodes in virtual time: what changes of the nodes cost, and how long they take.
import { slotOf } from "../../src/cluster/slots.ts";
import { World } from "./model/world.ts";
import { Pauses } from "./pauses.ts";

export interface SimulationOptions {
  readonly nodes: number;
  /** Number of stanzas, over all changes. */
  readonly stanzas: number;
  readonly seed: number;
  /** Number of joins, of leaves and of kills. */
  readonly changes: number;
  readonly progress?: (done: string) => void;
}

/** Calls of the database in a second, of all nodes. */
export interface Load {
  readonly renewals: number;
  readonly looks: number;
  readonly reads: number;
  readonly writes: number;
}

export type Change = "start" | "join" | "leave" | "kill";

export interface SimulationReport {
  /** Number of stanzas that nodes got from their servers. */
  readonly received: number;
  readonly handled: number;
  readonly refused: number;
  readonly messages: number;
  /** Milliseconds of the pauses of slots that moved, and of slots whose node was killed. */
  readonly moved: readonly number[];
  readonly killed: readonly number[];
  /** Milliseconds until every slot was served by its heir, after each change. */
  readonly balance: ReadonlyMap<Change, readonly number[]>;
  readonly atRest: Load;
  readonly whileChanging: Load;
}

const ROOMS = 5000;
/** Milliseconds in which each change happens; the stanzas are spread over all of them. */
const CHANGE_MS = 6000;
const MOST_BALANCE_MS = 60_000;

/** Runs a simulation; throws if a rule of ownership is broken, or if order does not return. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { nodes, stanzas, seed, changes, progress = () => {} } = options;
  const world = new World(seed);
  const balance = new Map<Change, number[]>();
  for (let number = 1; number <= nodes; number += 1) world.start(`n${number}`);
  note(balance, "start", await untilBalanced(world));
  progress(`${nodes} nodes after ${world.clock.now} ms`);
  await world.run(2000);
  const atRest = await loadDuring(world, () => world.run(10_000));
  const pauses = new Pauses(world);
  pauses.watch();
  const kinds: readonly Change[] = ["join", "leave", "kill"];
  const plan = Array.from({ length: kinds.length * changes }, (_, place) => kinds[place % 3] as Change);
  arrive(world, stanzas, plan.length * CHANGE_MS);
  const before = world.network.messages;
  const whileChanging = await loadDuring(world, async () => {
    for (const [place, change] of plan.entries()) {
      const end = world.clock.now + CHANGE_MS;
      make(world, change, nodes + place + 1, pauses);
      note(balance, change, await untilBalanced(world));
      await world.run(Math.max(0, end - world.clock.now));
      progress(`${place + 1} of ${plan.length} changes`);
    }
  });
  for (let waits = 0; world.unrest() !== undefined && waits < MOST_BALANCE_MS; waits += 50)
    await world.run(50);
  const unrest = world.unrest();
  if (unrest) throw new Error(unrest);
  const { received, handled, refused } = world.ledger;
  const { moved, killed } = pauses;
  const messages = world.network.messages - before;
  return { ...{ received, handled, refused, messages, moved, killed }, balance, atRest, whileChanging };
}

function make(world: World, change: Change, number: number, pauses: Pauses): void {
  if (change === "join") {
    world.start(`n${number}`);
    return;
  }
  const node = world.random.of(world.nodes);
  if (change === "leave") {
    node.leave();
    return;
  }
  pauses.noteKill(node.self.id);
  node.process.end("it was killed");
}

/** Returns the milliseconds until every slot is served by its heir. */
async function untilBalanced(world: World): Promise<number> {
  const since = world.clock.now;
  for (let unrest = world.imbalance(); unrest !== undefined; unrest = world.imbalance()) {
    if (world.clock.now - since > MOST_BALANCE_MS) throw new Error(`after ${MOST_BALANCE_MS} ms, ${unrest}`);
    await world.run(10);
  }
  return world.clock.now - since;
}

/** Lets users send stanzas to rooms through all nodes, evenly over some time. */
function arrive(world: World, stanzas: number, overMs: number): void {
  const { clock, random, nodes } = world;
  const slots = Array.from({ length: ROOMS }, (_, room) => slotOf(`room${room}`));
  const began = clock.now;
  let sent = 0;
  const next = () => {
    const due = Math.min(stanzas, Math.ceil((stanzas * (clock.now - began + 1)) / overMs));
    for (; sent < due; sent += 1) random.of(nodes).take(random.of(slots));
    if (sent < stanzas) clock.after(1, next);
  };
  next();
}

async function loadDuring({ database, clock }: World, run: () => Promise<void>): Promise<Load> {
  const before = { ...database.counts };
  const since = clock.now;
  await run();
  const perSecond = (count: keyof Load) =>
    (1000 * (database.counts[count] - before[count])) / (clock.now - since);
  const [renewals, looks] = [perSecond("renewals"), perSecond("looks")];
  return { renewals, looks, reads: perSecond("reads"), writes: perSecond("writes") };
}

function note(balance: Map<Change, number[]>, change: Change, ms: number): void {
  const known = balance.get(change);
  if (known) known.push(ms);
  else balance.set(change, [ms]);
}

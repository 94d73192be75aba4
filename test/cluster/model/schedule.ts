// Random schedules: what happens to nodes, and when.
import fc from "fast-check";
import type { Node } from "./node.ts";
import { World } from "./world.ts";

/** What happens; `node` chooses among those that run. Then some milliseconds pass while stanzas arrive. */
export interface Step {
  readonly fault:
    | { readonly kind: "none" | "join" | "lossyTables" | "slowNetwork" }
    | { readonly kind: "crash" | "leave"; readonly node: number; readonly isBack: boolean }
    | { readonly kind: "pause" | "cutTables" | "breakLink"; readonly node: number; readonly lastsMs: number }
    | { readonly kind: "slowTables"; readonly latencyMs: number };
  readonly ms: number;
  readonly stanzas: number;
}

export interface Schedule {
  readonly seed: number;
  readonly nodes: number;
  readonly steps: readonly Step[];
}

const MOST_NODES = 6;
/** Slots that get stanzas. Each schedule has some of them. */
const BUSY_SLOTS = [3, 17, 99, 180, 255];
/** Milliseconds within which everything is in order after the last fault. */
const CALM_MS = 20_000;
/** Milliseconds until transactions that come late have been carried out. */
const LATE_MS = 3500;
/** Milliseconds until all nodes have read the tables as they are at last. */
const SETTLED_MS = 1500;
/** Milliseconds in which a cluster in order does not do anything but renew leases and watch. */
const QUIET_MS = 1000;

const node = fc.nat(MOST_NODES - 1);
const lastsMs = fc.oneof(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 700, max: 6000 }));
/** Faults with which nothing may be lost. */
const mild: fc.Arbitrary<Step["fault"]> = fc.oneof(
  fc.constantFrom({ kind: "none" as const }, { kind: "join" as const }),
  fc.constantFrom({ kind: "lossyTables" as const }, { kind: "slowNetwork" as const }),
  fc.record({ kind: fc.constant("slowTables" as const), latencyMs: fc.integer({ min: 20, max: 900 }) }),
);
const severe: fc.Arbitrary<Step["fault"]> = fc.oneof(
  fc.record({ kind: fc.constantFrom("crash" as const, "leave" as const), node, isBack: fc.boolean() }),
  fc.record({
    kind: fc.constantFrom("pause" as const, "cutTables" as const, "breakLink" as const),
    ...{ node, lastsMs },
  }),
);

const stepsOf = (fault: fc.Arbitrary<Step["fault"]>): fc.Arbitrary<Step[]> => {
  const ms = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1500 }));
  return fc.array(fc.record({ fault, ms, stanzas: fc.nat(12) }), { minLength: 1, maxLength: 14 });
};

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.nat(0x7fffffff),
  nodes: fc.integer({ min: 1, max: 4 }),
  steps: fc.oneof(
    ...[
      { arbitrary: stepsOf(mild), weight: 1 },
      { arbitrary: stepsOf(fc.oneof(mild, severe)), weight: 3 },
    ],
  ),
});

/** Runs a schedule; throws if a rule is broken, or if order does not return. */
export async function runSchedule({ seed, nodes, steps }: Schedule): Promise<World> {
  const world = new World(seed);
  for (let count = 0; count < nodes; count += 1) world.start(`n${count}`);
  await world.run(300);
  for (const { fault, ms, stanzas } of steps) {
    strike(world, fault);
    arrive(world, ms, stanzas);
    await world.run(ms);
  }
  await calm(world);
  return world;
}

function strike(world: World, fault: Step["fault"]): void {
  switch (fault.kind) {
    case "none":
      return;
    case "join":
      if (world.nodes.length + world.starting.size < MOST_NODES) world.start(freeName(world));
      return;
    case "lossyTables":
      world.conditions.loss = 0.2;
      return;
    case "slowTables":
      world.conditions.latencyMs = fault.latencyMs;
      return;
    case "slowNetwork":
      world.network.latencyMs = 300;
      return;
    default: {
      const victim = world.nodes[fault.node % Math.max(1, world.nodes.length)];
      if (victim) strikeNode(world, fault, victim);
    }
  }
}

function strikeNode(world: World, fault: Step["fault"] & { readonly node: number }, victim: Node): void {
  const { clock, random } = world;
  const { process, session, link, self } = victim;
  switch (fault.kind) {
    case "crash":
      process.end("it was killed");
      if (fault.isBack) world.startAgain(self.name, random.below(1500));
      return;
    case "leave":
      victim.leave();
      if (fault.isBack) world.startAgain(self.name, random.below(3000));
      return;
    case "pause":
      process.pause();
      clock.after(fault.lastsMs, () => process.resume());
      return;
    case "breakLink":
      link.break(fault.lastsMs);
      return;
    case "cutTables":
      session.isCut = true;
      if (random.chance(0.5)) clock.after(random.below(1000), () => world.database.endSession(self.id));
      clock.after(fault.lastsMs, () => {
        session.isCut = false;
      });
  }
}

/** Lets users send stanzas in the next milliseconds. */
function arrive({ clock, random, nodes }: World, ms: number, stanzas: number): void {
  for (let count = 0; count < stanzas; count += 1)
    clock.after(random.below(ms + 1), () => {
      if (nodes.length > 0) random.of(nodes).take(random.of(BUSY_SLOTS));
    });
}

/** Ends all faults, and waits until everything is in order; then nothing may happen any more. */
async function calm(world: World): Promise<void> {
  const { clock, nodes, network, database, conditions } = world;
  Object.assign(conditions, { latencyMs: 4, loss: 0 });
  network.latencyMs = 5;
  for (const { process, session } of [...nodes]) {
    session.isCut = false;
    process.resume();
  }
  if (nodes.length + world.starting.size === 0) world.start("n0");
  arrive(world, LATE_MS, 20);
  await world.run(LATE_MS);
  const until = clock.now + CALM_MS;
  for (let unrest = world.unrest(); unrest !== undefined; unrest = world.unrest()) {
    if (clock.now >= until) throw new Error(`after ${CALM_MS} ms without faults, ${unrest}`);
    if (nodes.length + world.starting.size === 0) world.start("n0");
    await world.run(100);
  }
  await world.run(SETTLED_MS);
  const before = { messages: network.messages, reads: database.counts.reads, writes: database.counts.writes };
  await world.run(QUIET_MS);
  const after = { messages: network.messages, reads: database.counts.reads, writes: database.counts.writes };
  if (JSON.stringify(after) !== JSON.stringify(before))
    throw new Error(`nodes are not quiet: ${JSON.stringify(before)}, then ${JSON.stringify(after)}`);
  const unrest = world.unrest();
  if (unrest) throw new Error(`order did not last: ${unrest}`);
}

function freeName({ nodes, starting }: World): string {
  for (let number = 0; ; number += 1) {
    const name = `n${number}`;
    if (!starting.has(name) && !nodes.some(({ self }) => self.name === name)) return name;
  }
}

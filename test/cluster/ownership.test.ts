// Nodes that own slots, in random schedules of faults. Decision 0058, "Ownership".
import fc from "fast-check";
import { describe, it } from "vitest";
import { runSchedule, type Schedule, schedules } from "./model/schedule.ts";

/** First seed. It is fixed, so that all runs are equal; PROPERTY_SEED and PROPERTY_RUNS override. */
const SEED = Number(process.env.PROPERTY_SEED ?? 58);
/** Total number of schedules. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 600);
// Each part reports before the next one begins.
const PARTS = 10;
const seeds = Array.from({ length: PARTS }, (_, part) => SEED + part);
console.info(`ownership: ${RUNS} schedules, seeds ${seeds[0]} to ${seeds.at(-1)}`);

describe("whatever happens to nodes, links and tables, one node at a time serves a slot, in order", () => {
  it.each(seeds)("in random schedules of seed %i", { timeout: 3_600_000 }, async (seed) => {
    const property = fc.asyncProperty(schedules, async (schedule) => void (await runSchedule(schedule)));
    const details = await fc.check(property, { seed, numRuns: Math.ceil(RUNS / PARTS) });
    if (!details.failed) return;
    const where = `PROPERTY_SEED=${seed}, run ${details.numRuns}, path ${details.counterexamplePath}`;
    const { errorInstance: error } = details;
    throw new Error(
      `${where}: ${error instanceof Error ? error.message : error}${told(details.counterexample)}`,
    );
  });
});

/** Schedules that have broken a rule. */
describe("in schedules that went wrong once", () => {
  it("a room does not move before a node that has just come has got what its users were sent", async () => {
    const slow = (latencyMs: number) => ({ kind: "slowTables", latencyMs }) as const;
    await runSchedule({
      seed: 1999182526,
      nodes: 1,
      steps: [
        { fault: { kind: "slowNetwork" }, stanzas: 8, ms: 45 },
        { fault: slow(547), stanzas: 6, ms: 45 },
        { fault: { kind: "lossyTables" }, stanzas: 1, ms: 435 },
        { fault: slow(817), stanzas: 10, ms: 1477 },
        { fault: { kind: "join" }, stanzas: 10, ms: 1279 },
        { fault: { kind: "join" }, stanzas: 4, ms: 11 },
        { fault: slow(301), stanzas: 6, ms: 1279 },
      ],
    });
  });
});

function told(counterexample: [Schedule] | null): string {
  if (!counterexample) return "";
  const [{ seed, nodes, steps }] = counterexample;
  const lines = steps.map(
    ({ fault, ms, stanzas }) => `${JSON.stringify(fault)}, ${stanzas} stanzas in ${ms} ms`,
  );
  return `\nseed ${seed}, ${nodes} nodes:\n  ${lines.join("\n  ")}`;
}

import { describe, it } from "vitest";
import { assertAlways, RUNS, SEED } from "./property.ts";
import { steps } from "./stanzas.ts";

// Each part reports before the next one begins.
const PARTS = 10;
const seeds = Array.from({ length: PARTS }, (_, part) => SEED + part);
console.info(`property tests: ${RUNS} sequences, seeds ${seeds[0]} to ${seeds.at(-1)}`);

describe("what XEP-0045 promises of rooms holds after every stanza, good or bad", () => {
  it.each(seeds)("in random sequences of seed %i", { timeout: 600_000 }, (seed) => {
    assertAlways(steps, seed, Math.ceil(RUNS / PARTS));
  });
});

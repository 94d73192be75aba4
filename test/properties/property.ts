// Runs a property over sequences of steps, and reports its failure.
import fc from "fast-check";
import { checkExport } from "./exported.ts";
import { checkStep } from "./invariants.ts";
import { type Step, World } from "./world.ts";

/** First seed. It is fixed, so that all runs are equal; PROPERTY_SEED and PROPERTY_RUNS override. */
export const SEED = Number(process.env.PROPERTY_SEED ?? 45);
/** Total number of sequences. */
export const RUNS = Number(process.env.PROPERTY_RUNS ?? 10_000);

/** Runs sequences of steps, each in a new world; throws with the shortest sequence that breaks a rule. */
export function assertAlways(sequences: fc.Arbitrary<Step[]>, seed: number, runs: number): void {
  let failure: unknown;
  const property = fc.property(sequences, (all) => {
    const world = new World();
    for (const step of all) {
      try {
        checkStep(world, step, world.run(step));
      } catch (error) {
        failure = error;
        throw new Error(`at ${describeStep(step)}:\n    ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
    }
    checkExport(world);
  });
  const details = fc.check(property, { seed, numRuns: runs });
  if (!details.failed) return;
  const shortest = details.counterexample?.[0].map(describeStep).join("\n  ") ?? "none";
  const { errorInstance, numRuns, counterexamplePath } = details;
  const message = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const where = `PROPERTY_SEED=${seed}, run ${numRuns}, path ${counterexamplePath}`;
  throw new Error(`${where}: after\n  ${shortest}\n${message}`, { cause: failure });
}

function describeStep(step: Step): string {
  if (step.kind === "stanza") return `${step.from}: ${step.xml}`;
  return step.kind === "time" ? `${step.seconds} s later` : "a restart of the service";
}

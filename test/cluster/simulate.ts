// Usage: node test/cluster/simulate.ts [--nodes N] [--stanzas N] [--changes N] [--seed N] [--report FILE]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { simulate } from "./simulation.ts";
import { loadTableOf, simulationPageWith, simulationSectionOf } from "./simulation-report.ts";

/** Numbers of nodes whose database calls are told. */
const SIZES = [10, 100, 1000];

const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "100" },
    stanzas: { type: "string", default: "1000000" },
    /** Number of joins, of leaves and of kills. */
    changes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    /** File in which the section of this number of nodes is replaced. */
    report: { type: "string" },
  },
});

const [nodes, stanzas, changes, seed] = [options.nodes, options.stanzas, options.changes, options.seed].map(
  Number,
) as [number, number, number, number];
const progress = (done: string) => process.stderr.write(`\r${done} `);
const started = performance.now();
const report = await simulate({ nodes, stanzas, changes, seed, progress });
const sizes = [];
for (const size of SIZES)
  sizes.push({ size, report: await simulate({ nodes: size, stanzas: 0, changes: 2, seed, progress }) });
const seconds = (performance.now() - started) / 1000;
const facts = simulationSectionOf(report, { nodes, stanzas, changes, seed, seconds });
const section = `${facts}\n${loadTableOf(sizes)}`;
process.stdout.write(`\n${section}`);
if (options.report !== undefined) {
  const page = existsSync(options.report) ? readFileSync(options.report, "utf8") : "";
  writeFileSync(options.report, simulationPageWith(page, section));
}

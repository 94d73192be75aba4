// Usage: node test/cluster/fence.ts [--takeovers N] [--seed N] [--report FILE]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startPostgres } from "../../dev/servers/postgres.ts";
import { fence } from "./fence-harness.ts";
import { fencePageWith, fenceSectionOf } from "./fence-report.ts";

const { values: options } = parseArgs({
  options: {
    takeovers: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    /** File in which the section is replaced. */
    report: { type: "string" },
  },
});

const [takeovers, seed] = [Number(options.takeovers), Number(options.seed)];
const server = await startPostgres();
const started = performance.now();
process.stderr.write(`${takeovers} takeovers, seed ${seed}\n`);
try {
  const report = await fence({
    ...{ takeovers, seed, url: server.createDatabase() },
    progress: (done) => process.stderr.write(`\r${done} `),
  });
  const version = server.sql("SHOW server_version").replace(/ .*/, "");
  const section = fenceSectionOf(report, seed, (performance.now() - started) / 1000, version);
  process.stdout.write(`\n${section}`);
  const { report: path } = options;
  if (path !== undefined)
    writeFileSync(path, fencePageWith(existsSync(path) ? readFileSync(path, "utf8") : "", section));
  process.exitCode = report.findings.length === 0 ? 0 : 1;
} finally {
  await server.stop();
}

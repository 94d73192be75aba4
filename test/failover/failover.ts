// Usage: node test/failover/failover.ts [--failovers N] [--seed N] [--server prosody|ejabberd] [--report FILE]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { failover, SERVERS, type ServerName } from "./harness.ts";
import { failoverPageWith, failoverSectionOf } from "./report.ts";

const { values: options } = parseArgs({
  options: {
    failovers: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    server: { type: "string", default: "prosody" },
    /** File in which the section of this server is replaced. */
    report: { type: "string" },
    /** Leaves out the server's module that holds stanzas. */
    "without-module": { type: "boolean", default: false },
    /** Fault to strike with; several may be given. All by default. */
    strike: { type: "string", multiple: true },
  },
});

const isServer = (name: string): name is ServerName => name in SERVERS;

const { server, report: path, strike: strikes } = options;
if (!isServer(server)) throw new Error(`no server ${server}: choose ${Object.keys(SERVERS).join(" or ")}`);
const [failovers, seed] = [Number(options.failovers), Number(options.seed)];
const started = performance.now();
process.stderr.write(`${failovers} faults, seed ${seed}, ${server}\n`);
const report = await failover({
  failovers,
  seed,
  server,
  fsync: true,
  hold: !options["without-module"],
  ...(strikes && { strikes }),
  progress: (done) => process.stderr.write(`\r${done} `),
});
const section = failoverSectionOf(report, server, seed, (performance.now() - started) / 1000);
process.stdout.write(`\n${section}`);
if (path !== undefined)
  writeFileSync(path, failoverPageWith(existsSync(path) ? readFileSync(path, "utf8") : "", section));
process.exitCode = report.findings.length === 0 ? 0 : 1;

// Usage: node test/crash/crash.ts [--kills N] [--seed N] [--storage sqlite|URL] [--report FILE]
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crash } from "./harness.ts";
import { pageOf } from "./report.ts";

const { values: options } = parseArgs({
  options: {
    kills: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    /** "sqlite" is a new file; a URL is that of an empty store. */
    storage: { type: "string", default: "sqlite" },
    report: { type: "string" },
  },
});
const [kills, seed] = [Number(options.kills), Number(options.seed)];
const folder = mkdtempSync(join(tmpdir(), "verona-crash-"));
const storage = options.storage === "sqlite" ? `sqlite:${join(folder, "rooms.sqlite")}` : options.storage;
const started = performance.now();
process.stderr.write(`${kills} kills, seed ${seed}\n`);
try {
  const report = await crash({
    kills,
    seed,
    storage,
    progress: (done) => process.stderr.write(`\r${done} `),
  });
  const seconds = (performance.now() - started) / 1000;
  const page = pageOf(report, { seed }, seconds, options.storage.replace(/:.*/, ""));
  process.stdout.write(`\n${page}`);
  if (options.report !== undefined) writeFileSync(options.report, page);
  process.exitCode = report.findings.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

// Usage: node test/crash/crash.ts [--kills N] [--seed N] [--storage sqlite|postgres|URL] [--report FILE]
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../../dev/servers/postgres.ts";
import { crash } from "./harness.ts";
import { crashPageWith, crashSectionOf } from "./report.ts";

const { values: options } = parseArgs({
  options: {
    kills: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    /** "sqlite" for a new file, "postgres" for a new cluster, or the URL of an empty store. */
    storage: { type: "string", default: "sqlite" },
    /** File in which the section of this kind of store is replaced. */
    report: { type: "string" },
  },
});

interface Place {
  readonly url: string;
  remove(): unknown;
}

async function makePlace(storage: string): Promise<Place> {
  if (storage === "postgres") {
    const cluster = await startPostgres({ fsync: true });
    return { url: cluster.createDatabase(), remove: () => cluster.stop() };
  }
  if (storage !== "sqlite") return { url: storage, remove() {} };
  const folder = mkdtempSync(join(tmpdir(), "verona-crash-"));
  return { url: `sqlite:${join(folder, "rooms.sqlite")}`, remove: () => rmSync(folder, { recursive: true }) };
}

const [kills, seed] = [Number(options.kills), Number(options.seed)];
const place = await makePlace(options.storage);
const started = performance.now();
process.stderr.write(`${kills} kills, seed ${seed}\n`);
try {
  const report = await crash({
    kills,
    seed,
    storage: place.url,
    progress: (done) => process.stderr.write(`\r${done} `),
  });
  const seconds = (performance.now() - started) / 1000;
  const section = await crashSectionOf(report, seed, seconds, place.url);
  process.stdout.write(`\n${section}`);
  const { report: path } = options;
  if (path !== undefined)
    writeFileSync(path, crashPageWith(existsSync(path) ? readFileSync(path, "utf8") : "", section));
  process.exitCode = report.findings.length === 0 ? 0 : 1;
} finally {
  await place.remove();
}

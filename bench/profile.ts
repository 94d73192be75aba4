// Prints where the time of CPU profiles (`bench.ts --profile FOLDER`) went: self time by file and by function.
// Usage: node bench/profile.ts FILE.cpuprofile...
import { readFileSync } from "node:fs";

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const SHOWN = 15;
const ROOT = new URL("../", import.meta.url).href;

for (const file of process.argv.slice(2)) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8")) as Profile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const files = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const time = timeDeltas[index] ?? 0;
    if (!frame || frame.functionName === "(idle)") continue;
    const place = frame.url.replace(ROOT, "").replace(/^.*\/node_modules\//, "") || "node";
    const name = frame.functionName || "(anonymous)";
    total += time;
    files.set(place, (files.get(place) ?? 0) + time);
    const called = place === "node" ? name : `${name} ${place}:${frame.lineNumber + 1}`;
    functions.set(called, (functions.get(called) ?? 0) + time);
  }
  const lines = (times: ReadonlyMap<string, number>): string[] =>
    [...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, SHOWN)
      .map(([what, time]) => `${((100 * time) / total).toFixed(1).padStart(6)} %  ${what}`);
  const head = `${file}: ${(total / 1e6).toFixed(2)} s busy`;
  process.stdout.write([head, "", ...lines(files), "", ...lines(functions), "", ""].join("\n"));
}

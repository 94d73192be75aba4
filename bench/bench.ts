// Measures what a groupchat service costs from socket to socket.
// Usage: node bench/bench.ts [--only SCENARIO] [--form FORM] [--quick] [--profile FOLDER] [--report | --compare]
// A complete run, or one with --report, writes docs/performance.md. With --compare it measures three times by turns,
// without real servers, and prints what differs from docs/performance.md by more than the noise.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { archiveTable } from "./archive.ts";
import { commitTable } from "./commit.ts";
import { changesSince } from "./compare.ts";
import { sectionOf } from "./markdown-table.ts";
import { raidTable } from "./raid.ts";
import { describeMachine, isSameMachine, readReport, writeGoals, writePlot, writeSection } from "./report.ts";
import type { Figures, Pace, Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type Form, type Subject, subjects } from "./subjects.ts";
import { type Row, tableOf } from "./table.ts";
import { takeoverTable } from "./takeover.ts";

const PACE: Pace = { warmUp: 0.7, measured: 2, rest: 40 };
const QUICK: Pace = { warmUp: 0, measured: 0.1, rest: 0 };

const NEEDS_SERVER: readonly Form[] = ["peer", "behind", "router"];
/** Subjects of a comparison, which start no real server. */
const COMPARED: readonly Form[] = ["direct", "memory", "ceiling", "load"];
/** The number of times that everything is measured for a comparison. */
const ROUNDS = 3;

/** Measurements with a table of their own. */
const TABLES: readonly { readonly name: string; measure(): Promise<string> }[] = [
  {
    name: "archive",
    measure: async () => archiveTable(options.quick ? 1_000 : 1_000_000),
  },
  { name: "commit", measure: () => commitTable(options.quick) },
  { name: "raid", measure: () => raidTable(options.quick) },
  { name: "takeover", measure: () => takeoverTable(options.quick) },
];

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    form: { type: "string" },
    quick: { type: "boolean", default: false },
    profile: { type: "string" },
    report: { type: "boolean", default: false },
    compare: { type: "boolean", default: false },
  },
});
const nodeOptions = options.profile ? `--cpu-prof --cpu-prof-dir=${resolve(options.profile)}` : "";
const isWhole =
  !(options.quick || options.compare) &&
  [options.only, options.form, options.profile].every((it) => it === undefined);
const writes = options.report || isWhole;
const chosen = SCENARIOS.filter(({ name }) => options.only === undefined || options.only === name);
if (chosen.length === 0 && !TABLES.some(({ name }) => name === options.only))
  throw new Error(`scenarios are ${[...SCENARIOS, ...TABLES].map(({ name }) => name).join(", ")}`);

const rounds = new Map<string, string[]>();
for (let round = 0; round < (options.compare ? ROUNDS : 1); round += 1) {
  for (const scenario of chosen) {
    const rows = await rowsOf(scenario);
    if (rows.length === 0) continue;
    const { name, description, latency } = scenario;
    const table = tableOf(scenario, rows);
    const figures = `${description}${latency === "" ? "" : ` Latency: ${latency}.`}\n\n${table}\n`;
    show(name, figures);
    if (writes) writeSection(name, `\n${figures}${writePlot(scenario, rows)}`);
  }
  for (const { name, measure } of TABLES) {
    if (options.form !== undefined || (options.only ?? name) !== name) continue;
    const figures = `${await measure()}\n`;
    show(name, figures);
    if (writes) writeSection(name, `\n${figures}`);
  }
}
if (options.compare) {
  const report = readReport();
  for (const [name, tables] of rounds) {
    const changes = changesSince(sectionOf(report, name), tables, { isSameMachine: isSameMachine() });
    process.stdout.write(`## Changes of ${name}\n\n${changes}\n\n`);
  }
}
if (writes) {
  writeSection("machine", `\n${describeMachine()}\n`);
  writeGoals();
}

/** Prints a table, and keeps it for the comparison. */
function show(name: string, figures: string): void {
  process.stdout.write(`## ${name}\n\n${figures}\n`);
  rounds.set(name, [...(rounds.get(name) ?? []), figures]);
}

/** Measures a scenario with all subjects. */
async function rowsOf(scenario: Scenario): Promise<Row[]> {
  const rows: Row[] = [];
  for (const subject of subjects(nodeOptions)) {
    const { name, form } = subject;
    if (options.form !== undefined && options.form !== form) continue;
    if (options.compare && options.form === undefined && !COMPARED.includes(form)) continue;
    for (const size of sizesOf(scenario, subject))
      rows.push({ subject: name, form, size, figures: await measure(scenario, subject, size) });
  }
  return rows.sort((a, b) => a.size - b.size);
}

/** Returns the sizes to measure. The smoke run starts real servers, which are slow, for the first scenario only. */
function sizesOf(scenario: Scenario, { name, form }: Subject): readonly number[] {
  const usual = (name === "prosody" ? scenario.sizes.prosody : undefined) ?? scenario.sizes[form] ?? [];
  if (!options.quick || usual.length === 0) return usual;
  return NEEDS_SERVER.includes(form) && options.form === undefined && scenario !== chosen[0]
    ? []
    : [scenario.quickSize];
}

/** Measures one size, with new processes. */
async function measure(scenario: Scenario, subject: Subject, size: number): Promise<Figures> {
  const what = `${scenario.name} ${size}, ${subject.name}`;
  const start = performance.now();
  try {
    const stage = await subject.start(scenario.setting?.(size) ?? {});
    try {
      return await scenario.run(stage, size, options.quick ? QUICK : PACE);
    } finally {
      await stage.stop();
    }
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  } finally {
    process.stderr.write(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  }
}

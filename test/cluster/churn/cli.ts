// Usage: npm run churn -- [--nodes N] [--rounds N] [--rooms N] [--rate N] [--calm MS] [--report FILE]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Fact, factsOf, pageWith, sectionOf } from "../../support/report-page.ts";
import { ACTS, type ChurnReport, churn, type StepReport } from "./churn.ts";

const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "2" },
    /** Each round stops, kills and hangs one node after the other. */
    rounds: { type: "string", default: "10" },
    rooms: { type: "string", default: "24" },
    /** Messages in a second. */
    rate: { type: "string", default: "300" },
    /** The same for each node, while the cost of a message is measured. */
    "busy-rate": { type: "string", default: "2000" },
    /** Milliseconds of talk before and after each step. */
    calm: { type: "string", default: "2000" },
    report: { type: "string" },
  },
});

const HEAD = `# Many nodes: report

Nodes of a service come and go behind an ejabberd cluster, while users of all ejabberd nodes talk. Every user's copies are
checked: each sender's messages in each room arrive once and in order, nobody is shown as gone, and nothing is lost when nodes
start and stop. \`npm run churn\` writes this page. A pause is the longest time between a message and the
copy that its sender gets.
`;

const NAMES = {
  return: "A node starts",
  stop: "A node stops (SIGTERM)",
  kill: "A node is killed (SIGKILL)",
  hang: "A node hangs (SIGSTOP)",
} as const;

const started = performance.now();
const [nodes, rounds] = [Number(options.nodes), Number(options.rounds)];
const report = await churn({
  ...{ nodes, rooms: Number(options.rooms), calmMs: Number(options.calm) },
  ...{ perSecond: Number(options.rate), perSecondBusy: Number(options["busy-rate"]) },
  acts: Array.from({ length: rounds }, () => ACTS).flat(),
  progress: (done) => process.stderr.write(`\r${done} `),
});
const seconds = (performance.now() - started) / 1000;
const command = `npm run churn -- --nodes ${nodes} --rounds ${rounds} --rate ${options.rate}`;
const facts = [...factsOf(undefined, 0, seconds).filter(([what]) => what !== "Seed"), ...factsAbout(report)];
const title = `${nodes} nodes, ${options.rate} messages a second`;
const section = sectionOf(title, command, facts, report.findings);
process.stdout.write(`\n${section}`);
const { report: path } = options;
if (path !== undefined)
  writeFileSync(path, pageWith(HEAD, existsSync(path) ? readFileSync(path, "utf8") : "", section));
process.exitCode = report.findings.length === 0 ? 0 : 1;

function factsAbout({ steps, said, heard, cpuAlone, cpuTogether, findings }: ChurnReport): Fact[] {
  const kinds = ["return", ...ACTS] as const;
  const ratio = (cpuTogether / cpuAlone).toFixed(2);
  return [
    ["Messages", `${said}, heard ${heard} times`],
    [
      `CPU time for a message, of ${options["busy-rate"]} a second for each node`,
      `one node ${Math.round(cpuAlone)} µs, all together ${Math.round(cpuTogether)} µs (${ratio})`,
    ],
    ...kinds.map((kind): Fact => [NAMES[kind], summary(steps.filter(({ step }) => step === kind))]),
    ["Findings", findings.length],
  ];
}

function summary(steps: readonly StepReport[]): string {
  const pauses = (which: "moved" | "others"): string => {
    const sorted = steps.map((step) => step[which]).sort((a, b) => a - b);
    const at = (part: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
    return `p50 ${at(0.5)} ms, longest ${at(1)} ms`;
  };
  const lost = steps.reduce((sum, step) => sum + step.lost, 0);
  return `${steps.length} times; rooms that moved: ${pauses("moved")}; others: ${pauses("others")}; lost ${lost}`;
}

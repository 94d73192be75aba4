// A run as a page of the documentation.
import { execFileSync } from "node:child_process";
import { cpus, totalmem, type } from "node:os";
import { readManifest } from "../../src/manifest.ts";
import type { CrashOptions, CrashReport } from "./harness.ts";

/** Markdown; `seconds` is how long the run took, `storage` names the kind of store without its address. */
export function pageOf(
  report: CrashReport,
  { seed }: Pick<CrashOptions, "seed">,
  seconds: number,
  storage: string,
): string {
  const rows: [string, string | number][] = [
    ["Date", new Date().toISOString().slice(0, 10)],
    ["Verona", `${readManifest().version}, commit ${commit()}`],
    ["Storage", storage],
    ["Node.js, SQLite", `${process.versions.node}, ${process.versions.sqlite}`],
    ["Machine", `${cpus().length} × ${cpus()[0]?.model.trim()}, ${gigabytes(totalmem())} GB, ${type()}`],
    ["Seed", seed],
    ["Duration", `${Math.round(seconds)} s`],
    ["Kills (SIGKILL)", report.kills],
    ["of these at the start or at the first questions", report.early],
    ["Stanzas that clients sent", report.stanzasSent],
    ["of these questions after a restart", report.questions],
    ["Stanzas that clients were told, each compared", report.stanzasTold],
    ["Messages that were heard when they were said", report.messagesHeard],
    ["Rooms compared with what is kept", report.comparisons],
    ["Stanzas in flight at a kill that were kept, told to nobody", report.keptUntold],
    ["Stanzas in flight at a kill of which nothing was kept", report.lostUntold],
    ["Findings", report.findings.length],
  ];
  const table = rows.map(([what, value]) => `| ${what} | ${value} |`).join("\n");
  const findings = report.findings.map((finding) => `\n    ${finding.replaceAll("\n", "\n    ")}\n`).join("");
  return `# Crash report

The last run of \`npm run crash -- --kills ${report.kills} --seed ${seed} --storage ${storage}\`. What it does and what it
compares is told in docs/architecture.md.

| | |
| --- | --- |
${table}
${findings}`;
}

const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(0);

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

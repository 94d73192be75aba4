// The results of runs, as a page of the documentation.
import { execFileSync } from "node:child_process";
import { cpus, totalmem, type } from "node:os";
import pg from "pg";
import { storageOf } from "../../src/config/storage-url.ts";
import { readManifest } from "../../src/manifest.ts";
import type { CrashReport } from "./harness.ts";

const HEAD = `# Crash report

The last runs of \`npm run crash\`, a section for each kind of store. What it does and what it compares is told in
docs/architecture.md.
`;

/** Replaces the section with the same heading in the page. */
export function pageWith(page: string, section: string): string {
  const [heading] = section.split("\n");
  const others = page
    .split(/^(?=## )/m)
    .filter((part) => part.startsWith("## ") && !part.startsWith(`${heading}\n`));
  return [HEAD, ...[...others, section].map((part) => part.trimEnd().concat("\n")).toSorted()].join("\n");
}

/** Writes the section of a run in Markdown. Its heading is the kind of store; `seconds` is the duration. */
export async function sectionOf(
  report: CrashReport,
  seed: number,
  seconds: number,
  url: string,
): Promise<string> {
  const { kind } = storageOf(url);
  const [name, version] =
    kind === "postgres" ? await postgresVersion(url) : ["SQLite", process.versions.sqlite];
  const rows: [string, string | number][] = [
    ["Date", new Date().toISOString().slice(0, 10)],
    ["Verona", `${readManifest().version}, commit ${commit()}`],
    [`Node.js, ${name}`, `${process.versions.node}, ${version}`],
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
  return `## ${name}

\`npm run crash -- --kills ${report.kills} --seed ${seed} --storage ${kind}\`

| | |
| --- | --- |
${table}
${findings}`;
}

async function postgresVersion(url: string): Promise<[string, string]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query("SHOW server_version");
  await client.end();
  return ["PostgreSQL", String(rows[0]?.server_version).replace(/ .*/, "")];
}

const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(0);

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "unknown";
  }
}

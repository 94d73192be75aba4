// The results of runs, as a page of the documentation.
import pg from "pg";
import { storageOf } from "../../src/config/storage-url.ts";
import { type Fact, factsOf, pageWith, sectionOf } from "../support/report-page.ts";
import type { CrashReport } from "./harness.ts";

const HEAD = `# Crash report

The last runs of \`npm run crash\`, a section for each kind of store. What it does and what it compares is told in
docs/architecture.md.
`;

/** Replaces the section of a kind of store in the page. */
export const crashPageWith = (page: string, section: string): string => pageWith(HEAD, page, section);

/** Writes the section of a run in Markdown. Its heading is the kind of store; `seconds` is the duration. */
export async function crashSectionOf(
  report: CrashReport,
  seed: number,
  seconds: number,
  url: string,
): Promise<string> {
  const { kind } = storageOf(url);
  const software: Fact =
    kind === "postgres" ? await postgresVersion(url) : ["SQLite", process.versions.sqlite ?? ""];
  const facts: Fact[] = [
    ...factsOf(software, seed, seconds),
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
  const command = `npm run crash -- --kills ${report.kills} --seed ${seed} --storage ${kind}`;
  return sectionOf(software[0], command, facts, report.findings);
}

async function postgresVersion(url: string): Promise<Fact> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query("SHOW server_version");
  await client.end();
  return ["PostgreSQL", String(rows[0]?.server_version).replace(/ .*/, "")];
}

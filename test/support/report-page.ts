// Pages of the documentation with the results of long tests: a section for each kind of run.
import { execFileSync } from "node:child_process";
import { cpus, totalmem, type } from "node:os";
import { readManifest } from "../../src/manifest.ts";

/** A line of a table: what, and its value. */
export type Fact = readonly [what: string, value: string | number];

/** Replaces the section with the same heading in the page, which begins with `head`. */
export function pageWith(head: string, page: string, section: string): string {
  const [heading] = section.split("\n");
  const others = page
    .split(/^(?=## )/m)
    .filter((part) => part.startsWith("## ") && !part.startsWith(`${heading}\n`));
  return [head, ...[...others, section].map((part) => part.trimEnd().concat("\n")).toSorted()].join("\n");
}

/** Returns the facts of a run: the versions, also of other software that took part, the machine, the seed and the duration in seconds. */
export function factsOf(software: Fact | undefined, seed: number, seconds: number): Fact[] {
  return [
    ["Date", new Date().toISOString().slice(0, 10)],
    ["Verona", `${readManifest().version}, commit ${commit()}`],
    software
      ? [`Node.js, ${software[0]}`, `${process.versions.node}, ${software[1]}`]
      : ["Node.js", process.versions.node],
    ["Machine", `${cpus().length} × ${cpus()[0]?.model.trim()}, ${gigabytes(totalmem())} GB, ${type()}`],
    ["Seed", seed],
    ["Duration", `${Math.round(seconds)} s`],
  ];
}

/** Writes a section in Markdown: a heading, the command of the run, its facts and its findings. */
export function sectionOf(
  heading: string,
  command: string,
  facts: readonly Fact[],
  findings: readonly string[],
): string {
  const table = facts.map(([what, value]) => `| ${what} | ${value} |`).join("\n");
  const details = findings.map((finding) => `\n    ${finding.replaceAll("\n", "\n    ")}\n`).join("");
  return `## ${heading}

\`${command}\`

| | |
| --- | --- |
${table}
${details}`;
}

const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(0);

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "unknown";
  }
}

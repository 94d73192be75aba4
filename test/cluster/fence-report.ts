// The result of a run of the fence test, as a page of the documentation.
import { factsOf, pageWith, sectionOf } from "../support/report-page.ts";
import { type FenceReport, WAYS } from "./fence-harness.ts";

const HEAD = `# Fence report

The last run of \`npm run fence\`. What it does and what it compares is told in docs/architecture.md.
`;

export const fencePageWith = (page: string, section: string): string => pageWith(HEAD, page, section);

/** Writes the section of a run in Markdown; \`seconds\` is its duration. */
export function fenceSectionOf(report: FenceReport, seed: number, seconds: number, version: string): string {
  const facts = [
    ...factsOf(["PostgreSQL", version], seed, seconds),
    ["Takeovers", report.takeovers] as const,
    ...Object.entries(WAYS).map(([way, text]) => [text, report.ways[way as keyof typeof WAYS]] as const),
    ["Commits", report.commits] as const,
    ["Messages acknowledged, each compared", report.acknowledged] as const,
    [
      "Commits of messages, under way at a burial, that were kept and told to nobody",
      report.keptUntold,
    ] as const,
    ["Commits of messages that were refused", report.refused] as const,
    ["Findings", report.findings.length] as const,
  ];
  const command = `npm run fence -- --takeovers ${report.takeovers} --seed ${seed}`;
  return sectionOf("PostgreSQL", command, facts, report.findings);
}

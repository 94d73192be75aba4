/** Degrees of support, in the words of XEP-0453. */
const SUPPORT = ["complete", "partial", "planned"] as const;
export type Support = (typeof SUPPORT)[number];

/** A specification with a heading in docs/conformance.md. */
export interface Specification {
  /** Four digits. */
  readonly number: string;
  readonly title: string;
  readonly version: string;
  readonly support: Support;
  /** The paragraph below the heading; empty if there is none. */
  readonly note: string;
}

/** A requirement: one row of a table. */
export interface Requirement {
  /** Line in the file, from 1. */
  readonly line: number;
  /** The number of its specification. */
  readonly specification: string | undefined;
  readonly cells: readonly string[];
}

export interface Conformance {
  readonly specifications: readonly Specification[];
  readonly requirements: readonly Requirement[];
  /** Second-level headings that name no specification, as `LINE: text`. */
  readonly unreadable: readonly string[];
}

const HEADING = new RegExp(`^## XEP-(\\d{4}) (.+), version (\\S+): (${SUPPORT.join("|")})$`);

/** Reads docs/conformance.md. Does not check the contents of its tables. */
export function readConformance(markdown: string): Conformance {
  const specifications: Specification[] = [];
  const requirements: Requirement[] = [];
  const unreadable: string[] = [];
  const lines = markdown.split("\n");
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const [, number, title, version, support] = HEADING.exec(text) ?? [];
    if (number && title && version && support) {
      const note = noteBelow(lines, line);
      specifications.push({ number, title, version, support: support as Support, note });
    } else if (text.startsWith("## ")) unreadable.push(`${line}: ${text}`);
    else if (text.startsWith("|") && !isHead(lines, index)) {
      const specification = specifications.at(-1)?.number;
      requirements.push({ line, specification, cells: cellsOf(text) });
    }
  }
  return { specifications, requirements, unreadable };
}

const cellsOf = (row: string): string[] =>
  row
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());

/** Returns true for the names of the columns and for the line of hyphens below them. */
const isHead = (lines: readonly string[], index: number): boolean =>
  isRule(lines[index]) || isRule(lines[index + 1]);

const isRule = (line: string | undefined): boolean => line?.startsWith("| ---") ?? false;

function noteBelow(lines: readonly string[], heading: number): string {
  const below = lines.slice(heading + 1);
  const end = below.findIndex((line) => line === "" || /^[|#]/.test(line));
  return below.slice(0, end).join(" ");
}

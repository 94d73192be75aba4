// Patterns with wildcards, for names, addresses and texts. `*` stands for any characters, also none. Case and compatible
// forms of characters (NFKC) do not matter.
import { comparedText } from "./compared-text.ts";

/** Limits of a list of patterns, which bound the time that a text costs. Lengths are in UTF-16 units. */
export const WILDCARD_LIMITS = { patterns: 100, length: 128, total: 2_048, text: 4_096 } as const;

/** Describes why a list of patterns is not accepted; undefined if it is. */
export function wildcardProblem(patterns: readonly string[]): string | undefined {
  const { patterns: most, length, total } = WILDCARD_LIMITS;
  if (patterns.length > most) return `at most ${most} patterns are allowed`;
  if (patterns.some((pattern) => pattern === "" || comparedText(pattern).length > length))
    return `each pattern must have 1 to ${length} characters`;
  if (patterns.reduce((sum, pattern) => sum + comparedText(pattern).length, 0) > total)
    return `all patterns together may have at most ${total} characters`;
  return undefined;
}

/** A list of patterns. Only the beginning of a text is compared (`WILDCARD_LIMITS.text`). */
export class Wildcards {
  readonly #patterns: readonly { readonly pattern: string; readonly parts: readonly string[] }[];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((pattern) => ({ pattern, parts: comparedText(pattern).split("*") }));
  }

  /** Returns the first pattern that matches the whole text; undefined if none does. */
  find(text: string): string | undefined {
    if (this.#patterns.length === 0) return undefined;
    const compared = comparedText(text.slice(0, WILDCARD_LIMITS.text));
    return this.#patterns.find(({ parts }) => matches(parts, compared))?.pattern;
  }
}

const compiled = new WeakMap<readonly string[], Wildcards>();

/** Returns the patterns of a list that does not change, such as one in a room's configuration. */
export function wildcardsOf(list: readonly string[]): Wildcards {
  const known = compiled.get(list) ?? new Wildcards(list);
  compiled.set(list, known);
  return known;
}

/** Returns true if a text consists of the parts, in order, with anything between them. Searches each part once. */
function matches([first = "", ...others]: readonly string[], text: string): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

// Detects names that look alike (UTS #39 section 4, confusable detection).
import unhomoglyph from "unhomoglyph";

/**
 * Returns the three skeletons of a name. Two names look alike if they have one skeleton in common. Each kind of skeleton
 * is built character by character and matches only its own kind.
 *
 * - "sight": "Ian" looks like "lan" with an l, and "macbeth" like "rnacbeth".
 * - "case" and "sight and case" ignore case: "Ian" is "IAN". They never replace a letter by a look-alike of the other case.
 *   Otherwise "Iana" would match "Lana" through "lana", although the two neither look alike nor differ only in case.
 * - "case" folds case before look-alikes, "sight and case" also folds look-alikes first: a Cyrillic Т looks like a T, but a
 *   т does not look like a t.
 */
export function skeletons(name: string): Skeletons {
  // An entry asks twice for the same name: whether it is free, and to note it.
  if (latest?.name !== name) latest = { name, skeletons: build(name) };
  return latest.skeletons;
}

type Skeletons = readonly [sight: string, ofCase: string, both: string];

let latest: { readonly name: string; readonly skeletons: Skeletons } | undefined;

function build(name: string): Skeletons {
  const [sight, ofCase, both] =
    foldAscii(name) ?? fold(name.normalize("NFKD").replace(/\p{Default_Ignorable_Code_Point}/gu, ""));
  return [`sight ${tidy(sight)}`, `case ${tidy(ofCase)}`, `sight and case ${tidy(both)}`];
}

const fold = (plain: string): Skeletons => [
  unhomoglyph(plain),
  foldWithinCase(foldCase(plain)),
  foldWithinCase(foldCase(foldWithinCase(plain))),
];

/** The same by a table; undefined for a name that is not in ASCII. */
function foldAscii(name: string): Skeletons | undefined {
  let [sight, ofCase, both] = ["", "", ""];
  for (let i = 0; i < name.length; i++) {
    const folded = ASCII[name.charCodeAt(i)];
    if (!folded) return undefined;
    sight += folded[0];
    ofCase += folded[1];
    both += folded[2];
  }
  return [sight, ofCase, both];
}

/** Returns true if two names look alike. The relation is symmetric and does not depend on the position of letters. */
export const lookAlike = (a: string, b: string): boolean =>
  skeletons(a).some((skeleton) => skeletons(b).includes(skeleton));

/** Normalizes to NFD, collapses white space and removes it at the ends. */
const tidy = (text: string): string => text.normalize("NFD").replace(/\s+/gu, " ").trim();

/** Replaces each character by the one for all its look-alikes of the same case. Caseless characters match both cases. */
function foldWithinCase(text: string): string {
  return text.replace(/./gsu, (char) => {
    const folded = unhomoglyph(char);
    const changesCase = UPPER.test(char) ? LOWER.test(folded) : LOWER.test(char) && UPPER.test(folded);
    return changesCase ? char : folded;
  });
}

const UPPER = /\p{Uppercase}/u;
const LOWER = /\p{Lowercase}/u;

/**
 * Folds case. Converts to upper case first, where ß and SS are the same, and each character alone, so that a final sigma
 * is an ordinary one.
 */
const foldCase = (text: string): string => text.replace(/./gsu, (char) => char.toUpperCase().toLowerCase());

/** The folded forms of each ASCII character. */
const ASCII: readonly Skeletons[] = Array.from({ length: 128 }, (_, code) => fold(String.fromCharCode(code)));

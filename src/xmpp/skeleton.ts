// When two names look alike (UTS #39 section 4, confusable detection).
import unhomoglyph from "unhomoglyph";

/**
 * What a name looks like: two names that have one of these in common are taken for each other. Each of the three is
 * made character by character and compared with its like only.
 *
 * By sight "Ian" looks like "lan" with an l, and "macbeth" like "rnacbeth". The others are for those who do not mind
 * case: "Ian" is "IAN". There a letter does not stand for one of the other case that it looks like. Otherwise "Iana",
 * which looks like "lana", would be "Lana", which it neither looks like nor differs from in case alone. Case is
 * folded before letters that look alike are, and after: a Cyrillic Т looks like a T, but a т does not look like a t.
 */
export function skeletons(name: string): readonly string[] {
  const plain = name.normalize("NFKD").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  return [
    `sight ${tidy(unhomoglyph(plain))}`,
    `case ${tidy(foldWithinCase(foldCase(plain)))}`,
    `sight and case ${tidy(foldWithinCase(foldCase(foldWithinCase(plain))))}`,
  ];
}

/** Whether two names are taken for each other: symmetric, and wherever in the names the letters are. */
export const lookAlike = (a: string, b: string): boolean =>
  skeletons(a).some((skeleton) => skeletons(b).includes(skeleton));

/** One space for many, none at the ends. */
const tidy = (text: string): string => text.normalize("NFD").replace(/\s+/gu, " ").trim();

/** One character for all of its case that look like it; characters without case count as either. */
function foldWithinCase(text: string): string {
  return text.replace(/./gsu, (char) => {
    const folded = unhomoglyph(char);
    const changesCase = UPPER.test(char) ? LOWER.test(folded) : LOWER.test(char) && UPPER.test(folded);
    return changesCase ? char : folded;
  });
}

const UPPER = /\p{Uppercase}/u;
const LOWER = /\p{Lowercase}/u;

/** Upper case first: ß and SS are one only there. Each character by itself: a sigma at the end of a word is a sigma. */
const foldCase = (text: string): string => text.replace(/./gsu, (char) => char.toUpperCase().toLowerCase());

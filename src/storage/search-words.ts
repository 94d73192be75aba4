// The words of a text, for a database that has to find it (XEP-0431).

/** Longer ones are cut, as an index takes no longer ones; in UTF-16 units. */
const LONGEST_WORD = 200;

/** Latin, Greek and Cyrillic letters are found with and without their accents. */
const ACCENTS = /[\u0300-\u036f]/g;

const WORD = /[\p{L}\p{M}\p{N}\p{Co}]+/gu;

/** The different words of a text in the form in which they are compared; whatever else it holds parts words. */
export function wordsOf(text: string): string[] {
  const words = text.normalize("NFD").replace(ACCENTS, "").toLowerCase().match(WORD) ?? [];
  return [...new Set(words.map((word) => word.slice(0, LONGEST_WORD).toWellFormed()))];
}

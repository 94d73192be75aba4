// The words of a text, for a database that has to find it (XEP-0431).

/** Longer ones are cut, as an index takes no longer ones; in UTF-16 units. */
const LONGEST_WORD = 200;

/** Latin, Greek and Cyrillic letters are found with and without their accents. */
const ACCENTS = /[\u0300-\u036f]/g;

/**
 * A tsvector holds 1 MB of words, and what is longer is damaged without an error (array_to_tsvector). The first words of a
 * message are found, up to this number and this many bytes.
 */
const MOST_WORDS = 10_000;
const MOST_BYTES = 262_144;

const WORD = /[\p{L}\p{M}\p{N}\p{Co}]+/gu;

/** The different words of a text in the form in which they are compared, up to a number; whatever else it holds parts words. */
export function searchTerms(text: string): string[] {
  const found = new Set<string>();
  let bytes = 0;
  for (const [word] of text.normalize("NFD").replace(ACCENTS, "").toLowerCase().matchAll(WORD)) {
    const cut = word.slice(0, LONGEST_WORD).toWellFormed();
    if (found.has(cut)) continue;
    bytes += Buffer.byteLength(cut);
    if (found.size >= MOST_WORDS || bytes > MOST_BYTES) break;
    found.add(cut);
  }
  return [...found];
}

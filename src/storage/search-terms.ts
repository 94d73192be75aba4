// Splits a text into the words by which PostgreSQL finds it (XEP-0431).

/** The longest word of the index, in UTF-16 units. Longer ones are cut. */
const LONGEST_WORD = 200;

/** Accents, which searches ignore. */
const ACCENTS = /[\u0300-\u036f]/g;

/**
 * Maximum number of words of a text, and maximum number of bytes: a tsvector holds 1 MB, and array_to_tsvector damages
 * a longer one without an error.
 */
const MOST_WORDS = 10_000;
const MOST_BYTES = 262_144;

const WORD = /[\p{L}\p{M}\p{N}\p{Co}]+/gu;

/** Returns the first distinct words of a text, normalized for comparison. All other characters separate words. */
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

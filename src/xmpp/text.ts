// Texts for people, in the language of who reads them. The source has them in English, marked by `say`; a catalogue has their
// translations by the English text (languages/de.json).

/** A text for people that is not in one language yet. */
export interface Text {
  /** The text in English, with {0}, {1}, ... for its values. It is the key in catalogues. */
  readonly english: string;
  readonly values: readonly (string | number | Text)[];
}

/** Marks a text for people. What the template inserts stays as it is, but for texts. */
export function say(parts: TemplateStringsArray, ...values: (string | number | Text)[]): Text {
  let english = parts[0] ?? "";
  for (let i = 0; i < values.length; i++) english += `{${i}}${parts[i + 1]}`;
  return { english, values };
}

/** Makes a text from one that a table of options or operations has in English. */
export const textOf = (english: string): Text => ({ english, values: [] });

/** Makes a text of what users or operators wrote: it is the same in all languages. */
export const verbatim = (text: string): Text => ({ english: "{0}", values: [text] });

/** The texts of one language by those in English. */
export type Catalogue = ReadonlyMap<string, string>;

export interface Language {
  /** Language tag (RFC 5646). */
  readonly tag: string;
  readonly catalogue: Catalogue;
}

/** A language tag, in outline. */
export const LANGUAGE_TAG = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$/;

const catalogues = new Map<string, Catalogue>();

/** Adds languages to the process. A later one of the same tag replaces the earlier. */
export function addLanguages(languages: readonly Language[]): void {
  for (const { tag, catalogue } of languages) catalogues.set(tag.toLowerCase(), catalogue);
}

/**
 * Returns the tag of the language in which a reader gets texts: that of `wanted` (`xml:lang`), or of a more general one
 * ("de" for "de-AT", RFC 4647 section 3.4), if there is a catalogue; "en" otherwise.
 */
export function languageFor(wanted: string | undefined): string {
  if (wanted === undefined || catalogues.size === 0) return "en";
  // A language tag is short; a longer value is none.
  let tag = wanted.slice(0, LONGEST_TAG).toLowerCase();
  while (tag !== "" && !catalogues.has(tag)) tag = tag.slice(0, Math.max(0, tag.lastIndexOf("-")));
  return tag === "" ? "en" : tag;
}

/** RFC 5646 section 4.4.1: no tag needs more characters. */
const LONGEST_TAG = 35;

/** Returns a text in the language that a reader gets (`languageFor`); in English where the catalogue lacks it. */
export function inLanguage(text: Text, wanted: string | undefined): string {
  const translated = catalogues.get(languageFor(wanted))?.get(text.english) ?? text.english;
  if (text.values.length === 0) return translated;
  return translated.replace(/\{(\d)\}/g, (placeholder, number: string) => {
    const value = text.values[Number(number)];
    if (value === undefined) return placeholder;
    return typeof value === "object" ? inLanguage(value, wanted) : String(value);
  });
}

/** Returns a text in English, for logs and interfaces of operators. */
export const inEnglish = (text: Text): string => inLanguage(text, undefined);

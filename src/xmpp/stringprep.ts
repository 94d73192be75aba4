// The stringprep profiles of RFC 3920 (appendices A and B) and RFC 3491, with which Prosody, ejabberd and most other
// servers still prepare addresses. They use Unicode 3.2 (RFC 3454 section 1.2). Code points that it does not assign pass
// unchanged, as in queries (section 7). Prosody passes them on too; ejabberd refuses them.
import * as unicode from "./unicode-3.2.ts";

/** Converts a table of code points to the inside of a character class. */
const classOf = (table: string): string => table.replace(/[\da-f]+/g, "\\u{$&}").replace(/\s/g, "");

const UNASSIGNED = classOf(unicode.UNASSIGNED);
const RIGHT_TO_LEFT = classOf(unicode.RIGHT_TO_LEFT);

const ASCII = /^[\0-\x7f]*$/;
const UNASSIGNED_POINT = new RegExp(`[${UNASSIGNED}]`, "u");
const ASSIGNED_RUN = new RegExp(`[^${UNASSIGNED}]+`, "gu");
const MAPPED_TO_NOTHING = new RegExp(`[${classOf(unicode.MAPPED_TO_NOTHING)}]`, "gu");
const PROHIBITED = new RegExp(`[${classOf(unicode.PROHIBITED)}]`, "u");
const RIGHT_TO_LEFT_POINT = new RegExp(`[${RIGHT_TO_LEFT}]`, "u");
const RIGHT_TO_LEFT_ENDS = new RegExp(`^[${RIGHT_TO_LEFT}](?:.*[${RIGHT_TO_LEFT}])?$`, "su");
const LEFT_TO_RIGHT_POINT = new RegExp(`[${classOf(unicode.LEFT_TO_RIGHT)}]`, "u");

/** Matches ASCII characters that localparts may not contain (RFC 3920 appendix A.5). */
const PROHIBITED_LOCAL = /[\0-\x20\x7f"&'/:<>@]/;

/** Normalizations that Unicode corrected after 3.2 (Corrigendum #4). */
const CORRECTED: Readonly<Record<string, string>> = {
  "\u{2f868}": "\u{2136a}",
  "\u{2f874}": "\u{5f33}",
  "\u{2f91f}": "\u{43ab}",
  "\u{2f95f}": "\u{7aae}",
  "\u{2f9bf}": "\u{4d57}",
};

/** Prepares a localpart with Nodeprep (RFC 3920 appendix A); undefined if it is prohibited. */
export function nodeprep(local: string): string | undefined {
  if (ASCII.test(local)) return permitted(local.toLowerCase(), PROHIBITED_LOCAL);
  const prepared = prepare(local, foldCase);
  return prepared && permitted(prepared, PROHIBITED_LOCAL);
}

/** Prepares a domainpart with Nameprep (RFC 3491); undefined if it is prohibited. */
export function nameprep(domain: string): string | undefined {
  return ASCII.test(domain) ? domain.toLowerCase() : prepare(domain, foldCase);
}

/** Prepares a resourcepart with Resourceprep (RFC 3920 appendix B); undefined if it is prohibited. */
export function resourceprep(resource: string): string | undefined {
  return ASCII.test(resource) ? permitted(resource, PROHIBITED) : prepare(resource, normalize);
}

/** Returns true if a text has code points that Unicode 3.2 lacks, such as most emoji. Some servers refuse it. */
export const hasUnassigned = (text: string): boolean => UNASSIGNED_POINT.test(text);

/** Maps, normalizes, checks for prohibited characters and checks bidirectional text (RFC 3454 section 3). */
function prepare(text: string, map: (text: string) => string): string | undefined {
  const prepared = map(text.replace(MAPPED_TO_NOTHING, ""));
  return prepared !== "" && isOfOneDirection(prepared) ? permitted(prepared, PROHIBITED) : undefined;
}

const permitted = (text: string, prohibited: RegExp): string | undefined =>
  prohibited.test(text) ? undefined : text;

/** Returns true if a text meets the rules for bidirectional text (RFC 3454 section 6). */
const isOfOneDirection = (text: string): boolean =>
  !RIGHT_TO_LEFT_POINT.test(text) || (RIGHT_TO_LEFT_ENDS.test(text) && !LEFT_TO_RIGHT_POINT.test(text));

/** Normalizes to NFKC of Unicode 3.2, which leaves later characters unchanged. */
export function normalize(text: string): string {
  if (ASCII.test(text)) return text;
  return text.replace(ASSIGNED_RUN, (run) =>
    run.replace(/[\u{2f800}-\u{2fa1d}]/gu, (char) => CORRECTED[char] ?? char).normalize("NFKC"),
  );
}

/** Converts a text to lower case as far as Unicode 3.2 defines it, each character alone. */
export const lowerCase = (text: string): string =>
  ASCII.test(text) ? text.toLowerCase() : text.replace(CASED, (char) => knownOr(char, char.toLowerCase()));

/**
 * Folds case (table B.2) and normalizes. Folds before and after, because normalization turns some compatibility characters
 * into capitals.
 */
const foldCase = (text: string): string => normalize(foldEach(normalize(foldEach(text))));

/**
 * Folds each character. Converts to upper case first, because some small letters share a capital. A dotless i stays: its
 * capital is that of i.
 */
const foldEach = (text: string): string =>
  text.replace(CASED, (char) => (char === "ı" ? char : knownOr(char, char.toUpperCase().toLowerCase())));

const CASED = /[A-Z\x80-\u{10ffff}]/gu;

/** Returns another form of a character if Unicode 3.2 assigns both, else the character. */
const knownOr = (char: string, other: string): string =>
  UNASSIGNED_POINT.test(char) || UNASSIGNED_POINT.test(other) ? char : other;

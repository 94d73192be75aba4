// The stringprep profiles of RFC 3920 (appendices A and B) and RFC 3491, by which Prosody, ejabberd and most other
// servers still prepare addresses. They are of Unicode 3.2 (RFC 3454 section 1.2). Code points that it does not assign
// pass as they are, as in queries (section 7): so does Prosody with what it passes on, where ejabberd refuses it.
import * as unicode from "./unicode-3.2.ts";

/** A table of code points as the inside of a character class. */
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

/** In localparts beside all that (RFC 3920 appendix A.5), and of ASCII altogether. */
const PROHIBITED_LOCAL = /[\0-\x20\x7f"&'/:<>@]/;

/** Normalizations that Unicode corrected after 3.2 (Corrigendum #4). */
const CORRECTED: Readonly<Record<string, string>> = {
  "\u{2f868}": "\u{2136a}",
  "\u{2f874}": "\u{5f33}",
  "\u{2f91f}": "\u{43ab}",
  "\u{2f95f}": "\u{7aae}",
  "\u{2f9bf}": "\u{4d57}",
};

/** A localpart as Nodeprep prepares it; undefined where it prohibits one (RFC 3920 appendix A). */
export function nodeprep(local: string): string | undefined {
  if (ASCII.test(local)) return permitted(local.toLowerCase(), PROHIBITED_LOCAL);
  const prepared = prepare(local, foldCase);
  return prepared && permitted(prepared, PROHIBITED_LOCAL);
}

/** A domainpart as Nameprep prepares it; undefined where it prohibits one (RFC 3491). */
export function nameprep(domain: string): string | undefined {
  return ASCII.test(domain) ? domain.toLowerCase() : prepare(domain, foldCase);
}

/** A resourcepart as Resourceprep prepares it; undefined where it prohibits one (RFC 3920 appendix B). */
export function resourceprep(resource: string): string | undefined {
  return ASCII.test(resource) ? permitted(resource, PROHIBITED) : prepare(resource, normalize);
}

/** Whether a text has code points that Unicode 3.2 does not assign, as most emoji: not all servers carry it. */
export const hasUnassigned = (text: string): boolean => UNASSIGNED_POINT.test(text);

/** RFC 3454 section 3: map, normalize, prohibit, and check what is written from right to left. */
function prepare(text: string, map: (text: string) => string): string | undefined {
  const prepared = map(text.replace(MAPPED_TO_NOTHING, ""));
  return prepared !== "" && isOfOneDirection(prepared) ? permitted(prepared, PROHIBITED) : undefined;
}

const permitted = (text: string, prohibited: RegExp): string | undefined =>
  prohibited.test(text) ? undefined : text;

/** RFC 3454 section 6. */
const isOfOneDirection = (text: string): boolean =>
  !RIGHT_TO_LEFT_POINT.test(text) || (RIGHT_TO_LEFT_ENDS.test(text) && !LEFT_TO_RIGHT_POINT.test(text));

/** NFKC of Unicode 3.2, which leaves later characters as they are. */
export function normalize(text: string): string {
  if (ASCII.test(text)) return text;
  return text.replace(ASSIGNED_RUN, (run) =>
    run.replace(/[\u{2f800}-\u{2fa1d}]/gu, (char) => CORRECTED[char] ?? char).normalize("NFKC"),
  );
}

/** A text in lower case, as far as Unicode 3.2 has one: each character by itself. */
export const lowerCase = (text: string): string =>
  ASCII.test(text) ? text.toLowerCase() : text.replace(CASED, (char) => knownOr(char, char.toLowerCase()));

/** Table B.2 and the normalization: case is folded before and after, as compatibility characters may hide capitals. */
const foldCase = (text: string): string => normalize(foldEach(normalize(foldEach(text))));

/** Upper case first, as some small letters have the same capital; a dotless i, whose capital is that of i, is no i. */
const foldEach = (text: string): string =>
  text.replace(CASED, (char) => (char === "ı" ? char : knownOr(char, char.toUpperCase().toLowerCase())));

const CASED = /[A-Z\x80-\u{10ffff}]/gu;

/** Another form of a character, where Unicode 3.2 has both. */
const knownOr = (char: string, other: string): string =>
  UNASSIGNED_POINT.test(char) || UNASSIGNED_POINT.test(other) ? char : other;

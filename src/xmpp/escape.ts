// Everything but the characters that XML 1.0 section 2.2 allows; a lone surrogate matches, a pair does not.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
// A bare carriage return would be read as a line feed (XML 1.0 section 2.11).
const MARKUP = /[&<>\r]/g;
const ATTRIBUTE_MARKUP = /[&<>"'\t\n\r]/g;
// Everything but printable ASCII without markup.
const UNUSUAL = /[^ !#-%(-;=?-~]/;

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

const entity = (char: string): string => ENTITIES[char] ?? char;

/** Replaces what XML 1.0 forbids by U+FFFD: one such character would close the whole stream. */
export function cleanXmlText(text: string): string {
  return text.replace(FORBIDDEN, "\u{FFFD}");
}

/** Escapes character data for XML 1.0. */
export function escapeText(text: string): string {
  return cleanXmlText(text).replace(MARKUP, entity);
}

/** Escapes an attribute value for XML 1.0, for either kind of quotes. */
export function escapeAttribute(text: string): string {
  // Every copy of a stanza has an address, and nearly all are plain: one test costs less than two replacements.
  if (!UNUSUAL.test(text)) return text;
  return cleanXmlText(text).replace(ATTRIBUTE_MARKUP, entity);
}

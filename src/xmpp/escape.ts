// Everything but the characters that XML 1.0 section 2.2 allows; a lone surrogate matches, a pair does not.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
// A bare carriage return would be read as a line feed (XML 1.0 section 2.11). ">" ends a CDATA section's end mark
// (section 2.4), of which the "]]" may stand at the end of the text before.
const MARKUP = /[&<\r]|>(?<=^\]?>|\]\]>)/g;
const ATTRIBUTE_MARKUP = /[&<"\t\n\r]/g;
// Everything but printable ASCII without markup.
const UNUSUAL = /[^ !#-%'-;=-~]/;

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

const entity = (char: string): string => ENTITIES[char] ?? char;

/** Replaces what XML 1.0 forbids by U+FFFD: one such character would close the whole stream. */
export function cleanXmlText(text: string): string {
  return text.replace(FORBIDDEN, "\u{FFFD}");
}

/** Escapes character data for XML 1.0: no more than has to be, as stanzas have a size. */
export function escapeText(text: string): string {
  return cleanXmlText(text).replace(MARKUP, entity);
}

/** Escapes an attribute value for XML 1.0, between double quotes. */
export function escapeAttribute(text: string): string {
  // Every copy of a stanza has an address, and nearly all are plain: one test costs less than two replacements.
  if (!UNUSUAL.test(text)) return text;
  return cleanXmlText(text).replace(ATTRIBUTE_MARKUP, entity);
}

/** Escapes what may come to stand in an attribute, between either quotes, or in character data, wherever it begins there. */
export function escapeAnywhere(text: string): string {
  return escapeAttribute(text).replaceAll(">", "&gt;").replaceAll("'", "&apos;");
}

/** What a server may write more than the byte itself for each character of ASCII; nothing shorter than U+FFFD replaces what is forbidden. */
function growth(escaped: readonly string[]): Uint8Array {
  const table = new Uint8Array(128).fill(2, 0, 0x20);
  for (const char of ["\t", "\n", "\r"]) table[char.charCodeAt(0)] = 0;
  for (const char of escaped) table[char.charCodeAt(0)] = (ENTITIES[char] ?? "&apos;").length - 1;
  return table;
}

const GROWTH = {
  text: growth([..."&<>\"'\r"]),
  attribute: growth([..."&<>\"'\t\n\r"]),
};

/**
 * The bytes of character data, or of an attribute value, as a server writes it that escapes all that may be escaped:
 * what it passes on to other servers has limits too.
 */
export function escapedBytes(text: string, place: keyof typeof GROWTH = "attribute"): number {
  const table = GROWTH[place];
  let bytes = Buffer.byteLength(text);
  for (let i = 0; i < text.length; i++) bytes += table[text.charCodeAt(i)] ?? 0;
  return bytes;
}

/** The text, or as much of its beginning as servers write in so many bytes, with an ellipsis. */
export function cutText(text: string, most: number): string {
  if (escapedBytes(text) <= most) return text;
  let left = most - Buffer.byteLength("…");
  let kept = "";
  for (const char of text) {
    left -= escapedBytes(char);
    if (left < 0) break;
    kept += char;
  }
  return `${kept}…`;
}

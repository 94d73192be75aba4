// Matches everything but the characters of XML 1.0 section 2.2. A lone surrogate matches, a pair does not.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
// XML parsers read a bare carriage return as a line feed (XML 1.0 section 2.11). The string "]]>" is forbidden in text
// (section 2.4), and its "]]" may end the text before this one.
const MARKUP = /[&<\r]|>(?<=^\]?>|\]\]>)/g;
const ATTRIBUTE_MARKUP = /[&<"\t\n\r]/g;
// Matches everything but printable ASCII without markup.
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

/** Replaces characters that XML 1.0 forbids by U+FFFD: a single one would close the stream. */
export function cleanXmlText(text: string): string {
  return text.replace(FORBIDDEN, "\u{FFFD}");
}

/** Escapes character data for XML 1.0. Escapes no more than necessary, because the size of stanzas is limited. */
export function escapeText(text: string): string {
  return cleanXmlText(text).replace(MARKUP, entity);
}

/** Escapes an attribute value in double quotes for XML 1.0. */
export function escapeAttribute(text: string): string {
  // A fast path: every copy of a stanza has an address, and nearly all addresses are plain.
  if (!UNUSUAL.test(text)) return text;
  return cleanXmlText(text).replace(ATTRIBUTE_MARKUP, entity);
}

/** Escapes text that may be placed in an attribute with either kind of quotes, or anywhere in character data. */
export function escapeAnywhere(text: string): string {
  return escapeAttribute(text).replaceAll(">", "&gt;").replaceAll("'", "&apos;");
}

/**
 * Returns the extra bytes that escaping may add to each ASCII character. A forbidden character counts as U+FFFD, which adds
 * two bytes.
 */
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
 * Returns the bytes of character data or an attribute value as a server writes it that escapes as much as possible.
 * Servers apply their size limits to the text that they write.
 */
export function escapedBytes(text: string, place: keyof typeof GROWTH = "attribute"): number {
  const table = GROWTH[place];
  let bytes = text.length;
  let isAscii = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < table.length) bytes += table[code] ?? 0;
    else isAscii = false;
  }
  // Each native call costs as much as a short text.
  return isAscii ? bytes : bytes - text.length + Buffer.byteLength(text);
}

/** Cuts a text to at most `most` bytes as servers write it. A cut text ends with an ellipsis. */
export function cutText(text: string, most: number): string {
  if (escapedBytes(text) <= most) return text;
  let left = most - Buffer.byteLength("…");
  let start = "";
  for (const char of text) {
    left -= escapedBytes(char);
    if (left < 0) break;
    start += char;
  }
  return `${start}…`;
}

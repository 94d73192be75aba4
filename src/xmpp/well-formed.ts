// Checks markup from a database or a file before it goes into a stream. A single fault would close the stream for all
// users (RFC 6120 section 4.9.3.13), so the check is as strict as that of servers; ltx accepts more.

// Matches everything but the characters of XML 1.0 section 2.2, so lone surrogates too.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const NAME = "[\\p{L}_][\\p{L}\\p{M}\\p{N}._-]*(?::[\\p{L}_][\\p{L}\\p{M}\\p{N}._-]*)?";
const START = new RegExp(`<(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`, "uy");
const ATTRIBUTE = new RegExp(`(${NAME})="([^"<]*)"`, "gu");
const END = new RegExp(`</(${NAME})\\s*>`, "uy");
const TEXT = /[^<]+/y;
const REFERENCE = /&(?:(?:amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));|&/g;

interface Open {
  readonly name: string;
  /** The prefixes that this element declares. */
  readonly declares: readonly string[];
}

/**
 * Returns true if a text consists of elements only: well-formed XML 1.0 with namespaces, without constructs that are
 * forbidden in streams (RFC 6120 section 11.1), and with attributes in double quotes, as this service writes them. Takes
 * linear time.
 */
export function isElements(text: string): boolean {
  if (FORBIDDEN.test(text)) return false;
  const open: Open[] = [];
  const scope = new Scope();
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length) {
    const start = take(START);
    if (start) {
      const [, name = "", attributes = "", empty] = start;
      const declares = scope.enter(name, attributes);
      if (!declares) return false;
      if (empty === "") open.push({ name, declares });
      else scope.leave(declares);
      continue;
    }
    const parent = open.at(-1);
    if (!parent) return false;
    const end = take(END);
    if (end) {
      if (end[1] !== parent.name) return false;
      scope.leave(parent.declares);
      open.pop();
      continue;
    }
    const characters = take(TEXT)?.[0];
    if (characters === undefined || characters.includes("]]>") || !hasGoodReferences(characters))
      return false;
  }
  return open.length === 0;
}

/** The declared prefixes at a place in the text, each with the number of enclosing elements that declare it. */
class Scope {
  readonly #declared = new Map([["xml", 1]]);

  /** Adds the prefixes that an element declares and returns them; undefined if its start tag is not well-formed. */
  enter(name: string, attributes: string): readonly string[] | undefined {
    if (!hasGoodReferences(attributes)) return undefined;
    const names = [...attributes.matchAll(ATTRIBUTE)].map(([, each]) => each ?? "");
    if (new Set(names).size < names.length) return undefined;
    const declares = names.filter((each) => each.startsWith("xmlns:")).map((each) => each.slice(6));
    for (const prefix of declares) this.#declared.set(prefix, (this.#declared.get(prefix) ?? 0) + 1);
    return [name, ...names].every((each) => this.#knows(each)) ? declares : undefined;
  }

  leave(declares: readonly string[]): void {
    for (const prefix of declares) this.#declared.set(prefix, (this.#declared.get(prefix) ?? 0) - 1);
  }

  #knows(name: string): boolean {
    const prefix = name.slice(0, Math.max(0, name.indexOf(":")));
    return prefix === "" || prefix === "xmlns" || (this.#declared.get(prefix) ?? 0) > 0;
  }
}

function hasGoodReferences(text: string): boolean {
  if (!text.includes("&")) return true;
  for (const [whole, decimal, hexadecimal] of text.matchAll(REFERENCE)) {
    if (whole === "&") return false;
    if (decimal === undefined && hexadecimal === undefined) continue;
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? "", 16) : Number(decimal);
    if (code > 0x10ffff || FORBIDDEN.test(String.fromCodePoint(code))) return false;
  }
  return true;
}

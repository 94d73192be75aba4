// A parser of one stanza. It accepts only well-formed XML 1.0 with namespaces (ltx is more lenient).

export interface Node {
  readonly name: string;
  readonly xmlns: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: Node[];
  text: string;
}

interface Open extends Node {
  readonly qualified: string;
  /** Default namespace of the element's children. */
  readonly base: string;
  readonly prefixes: ReadonlyMap<string, string>;
}

const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const NAME = "[\\p{L}_][\\p{L}\\p{M}\\p{N}._-]*(?::[\\p{L}_][\\p{L}\\p{M}\\p{N}._-]*)?";
const START = new RegExp(`<(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`, "uy");
const ATTRIBUTE = new RegExp(`\\s+(${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, "uy");
const END = new RegExp(`</(${NAME})\\s*>`, "uy");
const TEXT = /[^<]+/y;
const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#(\d+)|#x([\da-fA-F]+))?(;?)/g;
const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const XML = new Map([["xml", "http://www.w3.org/XML/1998/namespace"]]);

/** Parses a text that is exactly one element; throws if it is not well-formed. */
export function readXml(text: string): Node {
  if (FORBIDDEN.test(text)) throw new Error("a character that XML forbids");
  const open: Open[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (;;) {
    const parent = open.at(-1);
    const start = take(START);
    if (start) {
      const [, qualified = "", written = "", empty] = start;
      const element = startElement(qualified, written, parent);
      parent?.children.push(element);
      if (empty !== "/") open.push(element);
      else if (!parent) return ended(element, text, at);
      continue;
    }
    if (!parent) throw new Error(`no element at ${at}`);
    const end = take(END);
    if (end) {
      if (end[1] !== parent.qualified) throw new Error(`<${parent.qualified}> ends as </${end[1]}>`);
      open.pop();
      if (open.length === 0) return ended(parent, text, at);
      continue;
    }
    const characters = take(TEXT);
    if (!characters) throw new Error(`no markup at ${at}: ${text.slice(at, at + 40)}`);
    if (characters[0].includes("]]>")) throw new Error("]]> in character data");
    parent.text += resolve(characters[0]);
  }
}

function ended(element: Node, text: string, at: number): Node {
  if (at !== text.length) throw new Error(`something after the element: ${text.slice(at, at + 40)}`);
  return element;
}

function startElement(qualified: string, written: string, parent: Open | undefined): Open {
  const attrs: Record<string, string> = {};
  let prefixes = parent?.prefixes ?? XML;
  let at = 0;
  while (at < written.length) {
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(written);
    if (!found) break;
    at = ATTRIBUTE.lastIndex;
    const [, name = "", inDouble, inSingle] = found;
    if (name in attrs) throw new Error(`two attributes ${name}`);
    attrs[name] = resolve(inDouble ?? inSingle ?? "");
    if (name.startsWith("xmlns:")) prefixes = new Map(prefixes).set(name.slice(6), attrs[name]);
  }
  for (const name of [qualified, ...Object.keys(attrs)]) {
    const [prefix, local] = name.split(":");
    if (local !== undefined && prefix !== "xmlns" && !prefixes.has(prefix ?? ""))
      throw new Error(`nobody declared the prefix of ${name}`);
  }
  const [first = "", second] = qualified.split(":");
  const base = attrs.xmlns ?? parent?.base ?? "jabber:client";
  const xmlns = second === undefined ? base : (prefixes.get(first) ?? "");
  return { qualified, base, prefixes, name: second ?? first, xmlns, attrs, children: [], text: "" };
}

function resolve(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(REFERENCE, (whole, named?: string, decimal?: string, hex?: string, end?: string) => {
    if (end !== ";" || whole === "&;") throw new Error(`no reference: ${text}`);
    if (named !== undefined) return NAMED[named] ?? "";
    const char = String.fromCodePoint(
      decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal),
    );
    if (FORBIDDEN.test(char)) throw new Error(`a reference to what XML forbids: ${whole}`);
    return char;
  });
}

/** Returns the first child with this name (and namespace). */
export function find(node: Node | undefined, name: string, xmlns?: string): Node | undefined {
  return node?.children.find((c) => c.name === name && (xmlns === undefined || c.xmlns === xmlns));
}

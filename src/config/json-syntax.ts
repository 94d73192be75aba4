const SPACE = /[ \t\r\n]*/y;
const STRING_BODY = /(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Parses JSON. Throws a `SyntaxError` with the line, the column and the expected text. Unlike that of `JSON.parse`, it
 * repeats nothing of the text, which may hold secrets.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const fault = new Checker(text).fault();
    const before = text.slice(0, fault.offset);
    const line = before.split("\n").length;
    const column = fault.offset - before.lastIndexOf("\n");
    throw new SyntaxError(`line ${line}, column ${column}: not valid JSON, expected ${fault.expected}`);
  }
}

interface Fault {
  readonly offset: number;
  readonly expected: string;
}

/** Finds the first syntax error by the JSON grammar (RFC 8259). */
class Checker {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fault(): Fault {
    const inside = this.#value();
    if (inside !== undefined) return inside;
    return { offset: this.#offset, expected: "the end of the text" };
  }

  #value(): Fault | undefined {
    this.#skip(SPACE);
    const next = this.#text[this.#offset];
    let fault: Fault | undefined;
    if (next === "{") fault = this.#sequence("}", () => this.#member());
    else if (next === "[") fault = this.#sequence("]", () => this.#value());
    else if (next === '"') fault = this.#string();
    else if (!this.#skip(SCALAR)) fault = this.#expected("a value");
    this.#skip(SPACE);
    return fault;
  }

  #sequence(end: "}" | "]", item: () => Fault | undefined): Fault | undefined {
    this.#offset += 1;
    this.#skip(SPACE);
    if (this.#take(end)) return undefined;
    do {
      const fault = item();
      if (fault !== undefined) return fault;
    } while (this.#take(","));
    return this.#take(end) ? undefined : this.#expected(`"," or "${end}"`);
  }

  #member(): Fault | undefined {
    this.#skip(SPACE);
    if (this.#text[this.#offset] !== '"') return this.#expected("a key in double quotes");
    const fault = this.#string();
    if (fault !== undefined) return fault;
    this.#skip(SPACE);
    return this.#take(":") ? this.#value() : this.#expected('":"');
  }

  #string(): Fault | undefined {
    this.#offset += 1;
    this.#skip(STRING_BODY);
    if (this.#take('"')) return undefined;
    return this.#expected(
      this.#text[this.#offset] === "\\" ? "a valid escape" : "the double quote that ends the text",
    );
  }

  #take(character: string): boolean {
    if (this.#text[this.#offset] !== character) return false;
    this.#offset += 1;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset;
    if (!pattern.test(this.#text)) return false;
    this.#offset = pattern.lastIndex;
    return true;
  }

  #expected(expected: string): Fault {
    return { offset: this.#offset, expected };
  }
}

// Erlang terms as io:format's ~p writes them. They are data; nothing is evaluated.

export class Atom {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class Tuple {
  readonly items: readonly Term[];

  constructor(items: readonly Term[]) {
    this.items = items;
  }
}

/** A term. Binaries are UTF-8 texts, lists and strings are arrays, opaque values such as pids are undefined. */
export type Term = string | number | Atom | Tuple | readonly Term[] | undefined;

/** Thrown for text that is no complete term. */
export class TermSyntaxError extends Error {
  override name = "TermSyntaxError";
}

const DEEPEST = 500;
const SPACE = /\s*/y;
const NUMBER = /-?\d+(?:\.\d+(?:[eE][+-]?\d+)?)?/y;
const ATOM = /[a-z][\w@]*/y;
const OPAQUE = /(?:#(?:Ref|Port|Fun))?<[\w.,:'/ -]*>/y;
const ESCAPED = /\\(?:x\{([\da-fA-F]+)\}|x([\da-fA-F]{2})|([0-7]{1,3})|\^(.)|(.))/y;
const CONTROLS: Readonly<Record<string, string>> = {
  b: "\b",
  d: "\x7f",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  s: " ",
  t: "\t",
  v: "\v",
};

/** Reads `TERM.`. `text` has one character for each byte of the file. Throws `TermSyntaxError`. */
export function readTerm(text: string): Term {
  const reader = new Reader(text);
  const term = reader.term(0);
  reader.end();
  return term;
}

class Reader {
  readonly #text: string;
  #place = 0;

  constructor(text: string) {
    this.#text = text;
  }

  term(depth: number): Term {
    if (depth > DEEPEST) throw this.#fault("nested nested too deeplyly");
    if (this.#take("{")) return new Tuple(this.#items("}", depth));
    if (this.#take("[")) return this.#items("]", depth);
    if (this.#take("<<")) return this.#binary();
    if (this.#take("#{")) return this.#items("}", depth);
    this.#match(SPACE);
    const next = this.#text[this.#place];
    if (next === '"') return [...this.#strings()].map((char) => char.charCodeAt(0));
    if (next === "'") return new Atom(this.#quoted("'"));
    const number = this.#match(NUMBER);
    if (number !== undefined) return Number(number);
    const atom = this.#match(ATOM);
    if (atom !== undefined) return new Atom(atom);
    if (this.#match(OPAQUE) !== undefined) return undefined;
    throw this.#fault("expected a term");
  }

  end(): void {
    if (!this.#take(".")) throw this.#fault('expected "."');
    this.#match(SPACE);
    if (this.#place < this.#text.length) throw this.#fault("unexpected text after the end");
  }

  /** Reads items up to `close`. The keys and values of a map become one list. */
  #items(close: string, depth: number): Term[] {
    const items: Term[] = [];
    while (!this.#take(close)) {
      if (items.length > 0 && !this.#take(",") && !this.#take("|") && !this.#take("=>"))
        throw this.#fault(`expected "${close}"`);
      items.push(this.term(depth + 1));
    }
    return items;
  }

  #binary(): string {
    let bytes = "";
    while (!this.#take(">>")) {
      this.#take(",");
      this.#match(SPACE);
      if (this.#text[this.#place] === '"') {
        bytes += this.#strings();
        this.#take("/utf8");
        continue;
      }
      const byte = this.#match(NUMBER);
      if (byte === undefined) throw this.#fault("expected a byte");
      bytes += String.fromCharCode(Number(byte) & 0xff);
    }
    return Buffer.from(bytes, "latin1").toString("utf8");
  }

  /** Reads a string; a long one is written in several parts. */
  #strings(): string {
    let text = "";
    do {
      text += this.#quoted('"');
      this.#match(SPACE);
    } while (this.#text[this.#place] === '"');
    return text;
  }

  #quoted(quote: string): string {
    let text = "";
    this.#place += 1;
    for (;;) {
      const start = this.#place;
      let char = this.#text[this.#place];
      while (char !== quote && char !== "\\" && char !== undefined) char = this.#text[++this.#place];
      text += this.#text.slice(start, this.#place);
      if (char === undefined) throw this.#fault("unterminated text");
      if (char === quote) break;
      text += this.#escape();
    }
    this.#place += 1;
    return text;
  }

  #escape(): string {
    ESCAPED.lastIndex = this.#place;
    const match = ESCAPED.exec(this.#text);
    if (!match) throw this.#fault("an unknown escape");
    this.#place = ESCAPED.lastIndex;
    const [, wide, hex, octal, control, char = ""] = match;
    if (wide !== undefined || hex !== undefined)
      return String.fromCodePoint(Number.parseInt(wide ?? hex ?? "", 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) & 0x1f);
    return CONTROLS[char] ?? char;
  }

  #take(token: string): boolean {
    this.#match(SPACE);
    if (!this.#text.startsWith(token, this.#place)) return false;
    this.#place += token.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#place;
    const match = pattern.exec(this.#text)?.[0];
    this.#place += match?.length ?? 0;
    return match;
  }

  #fault(what: string): TermSyntaxError {
    return new TermSyntaxError(`${what}, at byte ${this.#place}`);
  }
}

/** Returns the items of a tuple or list; none for other terms. */
export function itemsOf(term: Term): readonly Term[] {
  if (term instanceof Tuple) return term.items;
  return Array.isArray(term) ? (term as readonly Term[]) : [];
}

/** Returns the text of a binary or the name of an atom. */
export function wordOf(term: Term): string | undefined {
  return term instanceof Atom ? term.name : typeof term === "string" ? term : undefined;
}

// Data in Lua's syntax (Prosody's util.serialization). Only constants are read; nothing is evaluated.

export type LuaValue = string | number | boolean | undefined | LuaTable;
/** Entries without a key are numbered from 1. */
export type LuaTable = ReadonlyMap<string | number, LuaValue>;

/** Thrown for text that is no complete constant. */
export class LuaSyntaxError extends Error {
  override name = "LuaSyntaxError";
}

const DEEPEST = 500;
const SPACE = /\s*/y;
const NAME = /[A-Za-z_]\w*/y;
const NUMBER = /-?(?:0[xX][\da-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)/y;
/** Infinite numbers and NaN. */
const NO_NUMBER = /\(\s*(-?[01])\s*\/\s*0\s*\)/y;
const PLAIN = /[^"'\\\n]+/y;
const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
  "\n": "\n",
};

/**
 * Reads the value of `return VALUE;` or `item(VALUE);`. `text` has one character for each byte of the file; strings are
 * decoded as UTF-8. Throws `LuaSyntaxError`.
 */
export function readLua(text: string): LuaValue {
  return new Reader(text).file();
}

/** Returns a table, or an empty one for other values. */
export const tableOf = (value: LuaValue): LuaTable => (value instanceof Map ? value : new Map());

/** Returns the text of an entry; undefined if it is no text. */
export function textOf(table: LuaTable, key: string): string | undefined {
  const value = table.get(key);
  return typeof value === "string" ? value : undefined;
}

class Reader {
  readonly #text: string;
  #place = 0;

  constructor(text: string) {
    this.#text = text;
  }

  file(): LuaValue {
    const isItem = this.#take("item");
    if (isItem) this.#expect("(");
    else this.#expect("return");
    const value = this.#value(0);
    if (isItem) this.#expect(")");
    this.#take(";");
    this.#match(SPACE);
    if (this.#place < this.#text.length) throw this.#fault("unexpected text after the end");
    return value;
  }

  #value(depth: number): LuaValue {
    if (depth > DEEPEST) throw this.#fault("nested nested too deeplyly");
    this.#match(SPACE);
    const next = this.#text[this.#place];
    if (next === "{") return this.#table(depth);
    if (next === '"' || next === "'") return this.#string(next);
    const number = this.#match(NUMBER);
    if (number !== undefined) return number.startsWith("-") ? -Number(number.slice(1)) : Number(number);
    const divided = this.#match(NO_NUMBER);
    if (divided !== undefined) return Number(/-?[01]/.exec(divided)?.[0]) / 0;
    const name = this.#match(NAME);
    if (name === "true" || name === "false") return name === "true";
    if (name === "nil") return undefined;
    throw this.#fault("expected a constant");
  }

  #table(depth: number): LuaTable {
    const table = new Map<string | number, LuaValue>();
    let number = 1;
    this.#expect("{");
    while (!this.#take("}")) {
      const key = this.#key(depth);
      const value = this.#value(depth + 1);
      table.set(key ?? number++, value);
      if (this.#take(",") || this.#take(";")) continue;
      this.#expect("}");
      break;
    }
    return table;
  }

  /** Reads `[KEY] =` or `NAME =`. Returns undefined for an entry without a key. */
  #key(depth: number): string | number | undefined {
    if (this.#take("[")) {
      const key = this.#value(depth + 1);
      this.#expect("]");
      this.#expect("=");
      if (typeof key === "string" || typeof key === "number") return key;
      throw this.#fault("a key must be a text or a number");
    }
    const start = this.#place;
    this.#match(SPACE);
    const name = this.#match(NAME);
    if (name !== undefined && this.#take("=")) return name;
    this.#place = start;
    return undefined;
  }

  #string(quote: string): string {
    let bytes = "";
    this.#place += 1;
    for (;;) {
      bytes += this.#match(PLAIN) ?? "";
      const char = this.#text[this.#place];
      this.#place += 1;
      if (char === quote) return Buffer.from(bytes, "latin1").toString("utf8");
      if (char === "\\") bytes += this.#escape();
      else if (char === undefined || char === "\n") throw this.#fault("unterminated text");
      else bytes += char;
    }
  }

  #escape(): string {
    const digits = this.#match(/\d{1,3}/y);
    if (digits !== undefined) return String.fromCharCode(Number(digits) & 0xff);
    const hex = this.#match(/x[\da-fA-F]{2}/y);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(1), 16));
    const escaped = ESCAPES[this.#text[this.#place] ?? ""];
    if (escaped === undefined) throw this.#fault("an unknown escape");
    this.#place += 1;
    return escaped;
  }

  #take(token: string): boolean {
    this.#match(SPACE);
    if (!this.#text.startsWith(token, this.#place)) return false;
    this.#place += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw this.#fault(`expected "${token}"`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#place;
    const match = pattern.exec(this.#text)?.[0];
    this.#place += match?.length ?? 0;
    return match;
  }

  #fault(what: string): LuaSyntaxError {
    return new LuaSyntaxError(`${what}, at byte ${this.#place}`);
  }
}

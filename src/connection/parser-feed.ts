// Feeds incoming text to the XML parser in pieces that it parses in linear time.

interface Parser {
  write(text: string): void;
}

/** Characters of one piece of text without "<", which the parser searches from each of its characters. */
const SLICE = 2048;

/**
 * The parser looks for the next "<" from each character of a text, so that long text in short chunks would take quadratic
 * time. So text waits for the "<" that ends it: no element ends before that.
 */
export class ParserFeed {
  readonly #parser: Parser;
  #waiting: string[] = [];

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** Passes text to the parser, and throws the parser's faults. */
  write(chunk: string): void {
    const end = Math.max(chunk.lastIndexOf("<"), chunk.lastIndexOf(">")) + 1;
    if (end === 0) {
      this.#waiting.push(chunk);
      return;
    }
    const text = this.#waiting.join("") + chunk.slice(0, end);
    this.#waiting = end < chunk.length ? [chunk.slice(end)] : [];
    const open = text.lastIndexOf("<") + 1;
    if (open > 0) this.#parser.write(text.slice(0, open));
    for (let start = open; start < text.length; start += SLICE)
      this.#parser.write(text.slice(start, start + SLICE));
  }
}

import stanzas from "@xmpp/xml";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ParserFeed } from "../../src/connection/parser-feed.ts";
import type { Element } from "../../src/xmpp/element.ts";

afterEach(() => vi.restoreAllMocks());

const LONG = 100_000;
const SLICE = 2048;

/** Feeds a stream to a parser in chunks of this length; returns the parsed elements. */
function read(xml: string, length: number): Element[] {
  const parser = new stanzas.Parser();
  const found: Element[] = [];
  parser.on("element", (element: Element) => found.push(element));
  const feed = new ParserFeed(parser);
  const text = `<stream>${xml}`;
  for (let start = 0; start < text.length; start += length) feed.write(text.slice(start, start + length));
  return found;
}

const STANZA = `<message id='a>b"c'><body>x &amp;&gt; > n\u00e9 \u{1F600}</body><c/></message>`;

describe("what the parser is fed", () => {
  it.each([1, 2, 3, 5, 7, 11, 4096])("is read the same in chunks of %i characters", (length) => {
    const found = read(STANZA + STANZA, length);
    expect(found).toHaveLength(2);
    for (const element of found) {
      expect(element.attrs.id).toBe('a>b"c');
      expect(element.getChild("body")?.getText()).toBe("x &> > n\u00e9 \u{1F600}");
    }
  });

  it("ends an element as soon as its end has come", () => expect(read("<a>text</a>more", 4)).toHaveLength(1));

  it.each([
    ["character data", `<message><body>${"a".repeat(LONG)}</body></message>`, 3 * LONG],
    ["an attribute", `<message id="${"a".repeat(LONG)}"/>`, LONG * SLICE],
    [
      "character data with the ends of tags",
      `<message><body>${">".repeat(LONG)}</body></message>`,
      LONG * SLICE,
    ],
  ])("is searched for its end in a time that grows with its length: %s", (_what, stanza, most) => {
    const search = String.prototype.indexOf;
    let searched = 0;
    vi.spyOn(String.prototype, "indexOf").mockImplementation(function (this: string, what, from = 0) {
      const found = search.call(this, what, from);
      searched += (found === -1 ? this.length : found) - from;
      return found;
    });
    const found = read(stanza, 65_536);
    vi.restoreAllMocks();
    expect(found).toHaveLength(1);
    expect(searched).toBeLessThan(most);
  });
});

import { describe, expect, it } from "vitest";
import { parse } from "../../src/xmpp/element.ts";
import {
  cleanXmlText,
  cutText,
  escapeAnywhere,
  escapeAttribute,
  escapedBytes,
  escapeText,
} from "../../src/xmpp/escape.ts";

const code = (char: string): string =>
  `U+${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;

const CONTROLS = Array.from({ length: 0x20 }, (_, point) => String.fromCharCode(point)).filter(
  (char) => !"\t\n\r".includes(char),
);

describe("characters that XML 1.0 section 2.2 forbids", () => {
  it.each(
    [...CONTROLS, "\uD800", "\uDBFF", "\uDC00", "\uDFFF", "\uFFFE", "\uFFFF"].map((char) => [
      code(char),
      char,
    ]),
  )("%s never comes out", (_code, char) => {
    for (const write of [cleanXmlText, escapeText, escapeAttribute]) {
      expect(write(char)).toBe("\uFFFD");
      expect(write(`a${char}${char}b`)).toBe("a\uFFFD\uFFFDb");
    }
  });

  it("include surrogates in the wrong order", () => {
    expect(escapeText("\uDE00\uD83D")).toBe("\uFFFD\uFFFD");
    expect(escapeText("\uD83D\u{1F600}")).toBe("\uFFFD\u{1F600}");
  });
});

it.each([
  "\t",
  "\n",
  " ",
  "\u007F",
  "\u0085",
  "\uD7FF",
  "\uE000",
  "\uFFFD",
  "\u{10000}",
  "\u{1F600}",
  "\u{10FFFF}",
])("keeps the allowed character %j", (char) => expect(escapeText(`a${char}b`)).toBe(`a${char}b`));

it("character data is escaped: only markup and the end of a CDATA section", () => {
  expect(escapeText(`<a b="c">&amp;]]>'`)).toBe(`&lt;a b="c">&amp;amp;]]&gt;'`);
  expect(escapeText("a > b ]> c ]>")).toBe("a > b ]> c ]>");
});

it("XML 1.0 2.4: a text after another one cannot complete the end of a CDATA section", () => {
  expect([">", "]>", "]]>", "a]]>>"].map(escapeText)).toEqual(["&gt;", "]&gt;", "]]&gt;", "a]]&gt;>"]);
});

it("an attribute value is escaped for double quotes: only the necessary characters", () => {
  expect(escapeAttribute(`"'<>&`)).toBe("&quot;'&lt;>&amp;");
  for (const char of `"<&\t\n\r`) expect(escapeAttribute(`a${char}b`)).toMatch(/^a&#?\w+;b$/);
});

it("escapeAnywhere escapes both kinds of quotes and the end of a CDATA section", () => {
  expect(escapeAnywhere(`"'<>&`)).toBe("&quot;&apos;&lt;&gt;&amp;");
});

describe("the bytes of text as servers write it", () => {
  it("assume the longest escape of XML", () => {
    expect(escapedBytes(`&<>"'`)).toBe("&amp;&lt;&gt;&quot;&apos;".length);
    expect(escapedBytes("né\u{1F600}")).toBe(7);
    expect(escapedBytes("\t\n\r")).toBe("&#9;&#10;&#13;".length);
    expect(escapedBytes("\t\n\r", "text")).toBe("\t\n&#13;".length);
  });

  it("are at least those of the escaped text", () => {
    for (let point = 0; point <= 0x3000; point += 1) {
      const text = String.fromCharCode(point);
      expect(escapedBytes(text)).toBeGreaterThanOrEqual(Buffer.byteLength(escapeAttribute(text)));
      expect(escapedBytes(text, "text")).toBeGreaterThanOrEqual(Buffer.byteLength(escapeText(text)));
    }
  });

  it("limit a cut text, which is cut between characters and ends with an ellipsis", () => {
    expect(cutText("abc", 3)).toBe("abc");
    expect(cutText("\u{1F600}\u{1F600}\u{1F600}", 11)).toBe("\u{1F600}\u{1F600}…");
    expect(cutText("\u{1F600}\u{1F600}\u{1F600}", 10)).toBe("\u{1F600}…");
    expect(escapedBytes(cutText("'".repeat(100), 64))).toBeLessThanOrEqual(64);
  });
});

describe("white space that a parser would normalize", () => {
  it("is escaped in attributes (XML 1.0 section 3.3.3)", () => {
    expect(escapeAttribute("a\tb\nc\rd e")).toBe("a&#9;b&#10;c&#13;d e");
  });

  it("is escaped in text if it is a carriage return (section 2.11)", () => {
    expect(escapeText("a\tb\nc\r\nd")).toBe("a\tb\nc&#13;\nd");
  });
});

it("escaped text is parsed back unchanged", () => {
  const text = `<&>"'\t\n\r]]>&lt;é\u{1F600}`;
  const element = parse(`<a b="${escapeAttribute(text)}">${escapeText(text)}</a>`);
  expect(element.attrs.b).toBe(text);
  expect(element.getText()).toBe(text);
});

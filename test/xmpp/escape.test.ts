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

  it("are replaced where the halves of a surrogate pair are in the wrong order", () => {
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
])("the allowed character %j stays", (char) => expect(escapeText(`a${char}b`)).toBe(`a${char}b`));

it("character data has no markup left, not even the end of a CDATA section, and grows no more than that", () => {
  expect(escapeText(`<a b="c">&amp;]]>'`)).toBe(`&lt;a b="c">&amp;amp;]]&gt;'`);
  expect(escapeText("a > b ]> c ]>")).toBe("a > b ]> c ]>");
});

it("XML 1.0 2.4: a text that comes behind another one does not end its CDATA section", () => {
  expect([">", "]>", "]]>", "a]]>>"].map(escapeText)).toEqual(["&gt;", "]&gt;", "]]&gt;", "a]]&gt;>"]);
});

it("an attribute value cannot end its double quotes, and grows no more than that", () => {
  expect(escapeAttribute(`"'<>&`)).toBe("&quot;'&lt;>&amp;");
  for (const char of `"<&\t\n\r`) expect(escapeAttribute(`a${char}b`)).toMatch(/^a&#?\w+;b$/);
});

it("what may stand anywhere ends neither kind of quotes, nor a CDATA section", () => {
  expect(escapeAnywhere(`"'<>&`)).toBe("&quot;&apos;&lt;&gt;&amp;");
});

describe("the bytes that a server writes", () => {
  it("are those of the longest form that XML has", () => {
    expect(escapedBytes(`&<>"'`)).toBe("&amp;&lt;&gt;&quot;&apos;".length);
    expect(escapedBytes("né\u{1F600}")).toBe(7);
    expect(escapedBytes("\t\n\r")).toBe("&#9;&#10;&#13;".length);
    expect(escapedBytes("\t\n\r", "text")).toBe("\t\n&#13;".length);
  });

  it("are no fewer than those that are written", () => {
    for (let point = 0; point <= 0x3000; point += 1) {
      const text = String.fromCharCode(point);
      expect(escapedBytes(text)).toBeGreaterThanOrEqual(Buffer.byteLength(escapeAttribute(text)));
      expect(escapedBytes(text, "text")).toBeGreaterThanOrEqual(Buffer.byteLength(escapeText(text)));
    }
  });

  it("limit a text that is cut, between characters and with an ellipsis", () => {
    expect(cutText("abc", 3)).toBe("abc");
    expect(cutText("\u{1F600}\u{1F600}\u{1F600}", 11)).toBe("\u{1F600}\u{1F600}…");
    expect(cutText("\u{1F600}\u{1F600}\u{1F600}", 10)).toBe("\u{1F600}…");
    expect(escapedBytes(cutText("'".repeat(100), 64))).toBeLessThanOrEqual(64);
  });
});

describe("white space that a parser would normalize", () => {
  it("is written as references in attributes (XML 1.0 section 3.3.3)", () => {
    expect(escapeAttribute("a\tb\nc\rd e")).toBe("a&#9;b&#10;c&#13;d e");
  });

  it("is written as a reference in text where it is a carriage return (section 2.11)", () => {
    expect(escapeText("a\tb\nc\r\nd")).toBe("a\tb\nc&#13;\nd");
  });
});

it("what is escaped is read back as it was", () => {
  const text = `<&>"'\t\n\r]]>&lt;é\u{1F600}`;
  const element = parse(`<a b="${escapeAttribute(text)}">${escapeText(text)}</a>`);
  expect(element.attrs.b).toBe(text);
  expect(element.getText()).toBe(text);
});

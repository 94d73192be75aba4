import { parse } from "ltx";
import { describe, expect, it } from "vitest";
import { cleanXmlText, escapeAttribute, escapeText } from "../../src/xmpp/escape.ts";

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

it("character data has no markup left, not even the end of a CDATA section", () => {
  expect(escapeText(`<a b="c">&amp;]]>'`)).toBe(`&lt;a b="c"&gt;&amp;amp;]]&gt;'`);
});

it("an attribute value can end neither kind of quotes", () => {
  expect(escapeAttribute(`"'<>&`)).toBe("&quot;&apos;&lt;&gt;&amp;");
  for (const char of `"'<>&\t\n\r`) expect(escapeAttribute(`a${char}b`)).toMatch(/^a&#?\w+;b$/);
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

import { describe, expect, it } from "vitest";
import { hasUnassigned, nameprep, nodeprep, resourceprep } from "../../src/xmpp/stringprep.ts";

describe("Nodeprep (RFC 3920 appendix A), as in Prosody 0.12 and ejabberd 23.01", () => {
  it.each([
    ["upper case", "JuLiEt", "juliet"],
    ["a sharp s", "großmann", "grossmann"],
    ["a final sigma", "νίκος", "νίκοσ"],
    ["full width", "Ｊｕｌｉｅｔ", "juliet"],
    ["a superscript", "x²", "x2"],
    ["a ligature", "ﬁona", "fiona"],
    ["a capital of two characters", "İx", "i̇x"],
    ["a dotless i to itself, not to i", "ıx", "ıx"],
    ["a soft hyphen", "ro\u00admeo", "romeo"],
    ["letters without lower case in Unicode 3.2", "ᎠႠӀ", "ᎠႠӀ"],
    ["a character that is newer than Unicode 3.2", "\u{1f937}", "\u{1f937}"],
    ["a newer modifier letter to itself, not to A", "ᴬdmin", "ᴬdmin"],
    ["a symbol", "♥", "♥"],
    ["Hebrew", "אב", "אב"],
  ])("maps %s", (_what, local, prepared) => expect(nodeprep(local)).toBe(prepared));

  it.each([
    '"',
    "&",
    "'",
    "/",
    ":",
    "<",
    ">",
    "@",
    " ",
    "\u00a0",
    "\t",
    "\u007f",
    "\u2028",
    "\u1680",
    "\ue000",
  ])("prohibits %j", (char) => expect(nodeprep(`a${char}b`)).toBeUndefined());

  it("prohibits mixed writing directions (RFC 3454 section 6)", () => {
    expect([nodeprep("אa"), nodeprep("aא"), nodeprep("א1"), nodeprep("א1ב")]).toEqual([
      undefined,
      undefined,
      undefined,
      "א1ב",
    ]);
  });
});

describe("Resourceprep (RFC 3920 appendix B)", () => {
  it.each([
    ["keeps case", "Foo", "Foo"],
    ["keeps a sharp s", "großmann", "großmann"],
    ["maps wide letters to narrow ones", "Ｊｕｌｉｅｔ", "Juliet"],
    ["decomposes a ligature", "ﬁona", "fiona"],
    ["has ASCII spaces only", "a\u00a0b\u3000c", "a b c"],
    ["drops joiners and variation selectors", "❤️\u200d", "❤"],
  ])("%s", (_what, resource, prepared) => expect(resourceprep(resource)).toBe(prepared));

  it.each(["\0", "\t", "\u007f", "\u0085", "\u06dd", "\u202e", "\u1680", "\ufffd", "\ud800"])(
    "prohibits %j",
    (char) => expect(resourceprep(`a${char}b`)).toBeUndefined(),
  );
});

it("Nameprep maps domains (RFC 3491)", () => {
  expect(["EXAMPLE.com", "Bücher.example", "straße.example"].map(nameprep)).toEqual([
    "example.com",
    "bücher.example",
    "strasse.example",
  ]);
});

it("hasUnassigned finds code points that Unicode 3.2 does not assign (RFC 3454 section 7)", () => {
  expect(["plain", "Ὀδυσσεύς", "♂", "𝔘"].map(hasUnassigned)).toEqual([false, false, false, false]);
  expect(["🤷", "ᴬdmin", "ꭰ", "\u0378"].map(hasUnassigned)).toEqual([true, true, true, true]);
});

it("preparation is idempotent for all characters", () => {
  const changed: string[] = [];
  for (let point = 1; point <= 0x2ffff; point++) {
    const char = String.fromCodePoint(point);
    for (const prepare of [nodeprep, nameprep, resourceprep]) {
      const once = prepare(`a${char}b`);
      if (once !== undefined && prepare(once) !== once) changed.push(char);
    }
  }
  expect(changed).toEqual([]);
});

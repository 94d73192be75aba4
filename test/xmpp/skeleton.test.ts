import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { skeletons } from "../../src/xmpp/skeleton.ts";

const lookAlike = (a: string, b: string): boolean => skeletons(a).some((key) => skeletons(b).includes(key));

describe("UTS #39 section 4: two names look alike", () => {
  it.each([
    ["letters of another script", "hecate", "hесаtе"],
    ["a digit for a letter", "Oliver", "0liver"],
    ["an I for an l", "Ivan", "lvan"],
    ["an I for an l, in a short name", "Ian", "lan"],
    ["letters of another script, in capitals", "hecate", "HЕСАTЕ"],
    ["two letters for one", "macbeth", "rnacbeth"],
    ["case", "Hecate", "hECATE"],
    ["case that changes the length", "Strauß", "STRAUSS"],
    ["the two lower case sigmas", "ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
    ["width", "hecate", "ｈｅｃａｔｅ"],
    ["an accent in one character or two", "José", "Jose\u0301"],
    ["a variation selector", "❤", "❤️"],
    ["a space at the end", "hecate", "hecate "],
    ["spaces between", "first witch", "first  witch"],
  ])("by %s", (_what, a, b) => expect(lookAlike(a, b)).toBe(true));

  it.each([
    ["firstwitch", "secondwitch"],
    ["witch1", "witch2"],
    ["Jose", "José"],
    ["firstwitch", "first witch"],
    ["👩", "👨"],
    // I looks like l, but the capital of l is L.
    ["Iana", "Lana"],
    ["Ian", "LAN"],
    ["Ivan", "Lvan"],
  ])("but %s and %s do not", (a, b) => expect(lookAlike(a, b)).toBe(false));
});

it("UTS #39 section 4: a name in ASCII has the same skeletons beside other letters", () => {
  for (let code = 0x20; code < 127; code += 1) {
    const name = `a${String.fromCharCode(code)}b`;
    // A letter that looks like no other.
    expect(skeletons(name)).toEqual(skeletons(`${name}中`).map((skeleton) => skeleton.slice(0, -1)));
  }
});

describe("lookAlike", () => {
  const letter = fc.constantFrom(..."IilL1|O0oSsßΣσςаАaAеЕeEТтTtmrnkKİıﬁ");
  const name = fc.string({ unit: letter, maxLength: 6 });

  it("is symmetric and ignores case", () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(lookAlike(a, b)).toBe(lookAlike(b, a));
        expect(lookAlike(a, a.toUpperCase())).toBe(true);
        expect(lookAlike(a, a.toLowerCase())).toBe(true);
      }),
    );
  });

  it("does not depend on the position of the different letters", () => {
    fc.assert(
      fc.property(name, letter, letter, name, (before, a, b, after) => {
        expect(lookAlike(before + a + after, before + b + after)).toBe(lookAlike(a, b));
      }),
      { numRuns: 2_000 },
    );
  });

  it("treats each character of Unicode and its capital as alike", () => {
    const apart: string[] = [];
    for (let point = 0x21; point <= 0x1ffff; point++) {
      const char = String.fromCodePoint(point);
      if (!lookAlike(`x${char}x`, `x${char.toUpperCase()}x`)) apart.push(char);
    }
    expect(apart).toEqual([]);
  });
});

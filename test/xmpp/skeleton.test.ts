import { describe, expect, it } from "vitest";
import { skeletons } from "../../src/xmpp/skeleton.ts";

const lookAlike = (a: string, b: string): boolean => skeletons(a).some((key) => skeletons(b).includes(key));

describe("UTS #39 section 4: two names look alike", () => {
  it.each([
    ["letters of another script", "hecate", "hесаtе"],
    ["a digit for a letter", "Oliver", "0liver"],
    ["an I for an l", "Ivan", "lvan"],
    ["two letters for one", "macbeth", "rnacbeth"],
    ["case", "Hecate", "hECATE"],
    ["case that is longer in capitals", "Strauß", "STRAUSS"],
    ["both small sigmas", "ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
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
  ])("but not %s and %s", (a, b) => expect(lookAlike(a, b)).toBe(false));
});

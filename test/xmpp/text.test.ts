import { beforeAll, describe, expect, it } from "vitest";
import { errors, writeError } from "../../src/xmpp/stanza-error.ts";
import {
  addLanguages,
  inEnglish,
  inLanguage,
  languageFor,
  say,
  textOf,
  verbatim,
} from "../../src/xmpp/text.ts";

beforeAll(() => {
  addLanguages([
    {
      tag: "de",
      catalogue: new Map([
        ["Room", "Raum"],
        ["{0} is in {1}", "In {1} ist {0}"],
      ]),
    },
    { tag: "de-CH", catalogue: new Map([["Room", "Ruum"]]) },
  ]);
});

describe("the language of a reader (RFC 4647 section 3.4)", () => {
  it.each([
    ["de", "de"],
    ["DE", "de"],
    ["de-AT", "de"],
    ["de-CH", "de-ch"],
    ["de-CH-1996", "de-ch"],
    ["fr", "en"],
    ["en-GB", "en"],
    ["", "en"],
    ["-", "en"],
    ["x".repeat(100_000), "en"],
    [undefined, "en"],
  ])("of %j is %s", (wanted, language) => {
    expect(languageFor(wanted)).toBe(language);
  });
});

describe("a text", () => {
  it("is written in the language of its reader, and in English where there is no translation", () => {
    expect(inLanguage(say`Room`, "de-AT")).toBe("Raum");
    expect(inLanguage(textOf("Room"), "fr")).toBe("Room");
    expect(inLanguage(say`Reason`, "de")).toBe("Reason");
    expect(inEnglish(say`Room`)).toBe("Room");
  });

  it("keeps what users wrote, also if it looks like a text or a placeholder", () => {
    expect(inLanguage(say`${"Room"} is in ${3}`, "de")).toBe("In 3 ist Room");
    expect(inLanguage(say`${"{1}"} is in ${"{0}"}`, "de")).toBe("In {0} ist {1}");
    expect(inLanguage(verbatim("Room {0}"), "de")).toBe("Room {0}");
    expect(inLanguage(say`${"$&"} is in ${"$1"}`, "de")).toBe("In $1 ist $&");
  });

  it("may have other texts inside", () => {
    expect(inLanguage(say`${"romeo"} is in ${say`Room`}`, "de")).toBe("In Raum ist romeo");
  });
});

describe("an error (RFC 6120 section 8.3.2)", () => {
  it("has its text in one language, and names it", () => {
    const refusal = errors.forbidden(say`Room`);
    expect(writeError(refusal, { language: "de-AT" })).toContain('xml:lang="de">Raum</text>');
    expect(writeError(refusal, { language: "fr" })).toContain('xml:lang="en">Room</text>');
  });
});

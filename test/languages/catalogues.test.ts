// The files of languages/, and those that operators add (docs/languages.md).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allTexts, textsIn } from "../../dev/texts.ts";
import { ownLanguages, readLanguages } from "../../src/config/languages.ts";

const placeholders = (text: string): string => (text.match(/\{\d\}/g) ?? []).toSorted().join();

describe("the languages of the program", () => {
  const texts = allTexts();

  it.each(ownLanguages().map(({ tag, catalogue }) => [tag, catalogue] as const))(
    "%s has every text of the source and no other: after a change run `npm run languages`",
    (_, catalogue) => {
      expect(texts.filter((text) => !catalogue.has(text))).toEqual([]);
      expect([...catalogue.keys()].filter((text) => !texts.includes(text))).toEqual([]);
    },
  );

  it.each(ownLanguages().map(({ tag, catalogue }) => [tag, catalogue] as const))(
    "%s keeps placeholders, line breaks, and space at both ends",
    (_, catalogue) => {
      for (const [english, translation] of catalogue) {
        expect(placeholders(translation), english).toBe(placeholders(english));
        expect(translation.split("\n"), english).toHaveLength(english.split("\n").length);
        expect(translation.trim() === translation, english).toBe(english.trim() === english);
      }
    },
  );
});

describe("the search for texts in the source", () => {
  it("finds marked templates, with numbers for what they insert", () => {
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is source
    const source = 'say`one`; say`a ${b({ c: `}` })} and ${d}\\n\\`e\\``; "say nothing"; essay`no`';
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: this is source
    expect(textsIn(source)).toEqual(["one", "a {0} and {1}\n`e`"]);
  });

  it("fails for a template that does not end", () => {
    expect(() => textsIn("say`never")).toThrow("does not end");
  });
});

describe("a file of a further language", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "languages-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    const problems: string[] = [];
    const [language] = readLanguages([path], problems);
    return { language, problem: problems.join().replaceAll(path, name) };
  };

  it("has translations by the English text; an empty one is missing, an unknown one is left alone", () => {
    const { language, problem } = read("pt-BR.json", '{"Room": "Sala", "Reason": "", "Gone": "Foi"}');
    expect(problem).toBe("");
    expect(language?.tag).toBe("pt-BR");
    expect([...(language?.catalogue ?? [])]).toEqual([
      ["Room", "Sala"],
      ["Gone", "Foi"],
    ]);
  });

  it.each([
    ["french!.json", "{}", /its name must be that of a language/],
    ["fr.json", "{", /expected an object/],
    ["fr.json", '{"Room": 1}', /expected an object/],
    ["fr.json", '["Room"]', /expected an object/],
    ["fr.json", '{"At most {0} bytes": "Au plus {1} octets"}', /must have the placeholders/],
  ])("is refused if it is wrong: %s %s", (name, content, problem) => {
    expect(read(name, content)).toEqual({ language: undefined, problem: expect.stringMatching(problem) });
  });

  it("is refused if it cannot be read", () => {
    const problems: string[] = [];
    expect(readLanguages([join(folder, "fr.json")], problems)).toEqual([]);
    expect(problems.join()).toContain("no such file");
  });
});

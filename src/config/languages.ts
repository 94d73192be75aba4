// Files with the texts for users in one language each (docs/languages.md).
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { LANGUAGE_TAG, type Language } from "../xmpp/text.ts";
import { reasonOf } from "./file.ts";

/** Where the languages are that come with the program. */
const OWN = fileURLToPath(new URL("../../languages/", import.meta.url));

/** Translations by the English text; an empty one is missing. */
const file = z.record(z.string(), z.string());

/** Reads the languages that come with the program. */
export function ownLanguages(): Language[] {
  const problems: string[] = [];
  const names = readdirSync(OWN).filter((name) => name.endsWith(".json"));
  const languages = names.flatMap((name) => readLanguage(join(OWN, name), problems) ?? []);
  if (problems.length > 0) throw new Error(problems.join("; "));
  return languages;
}

/** Reads the files of the setting `service.languageFiles`. Adds what is wrong with them to `problems`. */
export const readLanguages = (paths: readonly string[], problems: string[]): Language[] =>
  paths.flatMap((path) => readLanguage(path, problems) ?? []);

function readLanguage(path: string, problems: string[]): Language | undefined {
  const problem = (text: string): undefined => {
    problems.push(`service.languageFiles: ${path}: ${text}`);
    return undefined;
  };
  const tag = basename(path, ".json");
  if (!LANGUAGE_TAG.test(tag)) return problem("its name must be that of a language, such as fr.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return problem(reasonOf(error));
  }
  const read = file.safeParse(jsonOf(text));
  if (!read.success) return problem("expected an object that has a translation for each English text");
  const catalogue = new Map(Object.entries(read.data).filter(([, translation]) => translation !== ""));
  const bad = [...catalogue].find(
    ([english, translation]) => placeholders(english) !== placeholders(translation),
  );
  if (bad)
    return problem(`${JSON.stringify(bad[1])} must have the placeholders of ${JSON.stringify(bad[0])}`);
  return { tag, catalogue };
}

const placeholders = (text: string): string => (text.match(/\{\d\}/g) ?? []).toSorted().join();

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

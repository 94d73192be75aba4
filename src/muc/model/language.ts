import type { Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { LONGEST } from "./lengths.ts";

/** Reads the language of an element (`xml:lang`); undefined if it is missing or longer than a language tag may be. */
export function readLanguage({ attrs }: Element): string | undefined {
  const language = attrs["xml:lang"];
  return language !== undefined && escapedBytes(language) <= LONGEST.languageTag ? language : undefined;
}

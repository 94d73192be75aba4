import type { Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { LONGEST } from "./lengths.ts";

/** Reads the language that an element is marked with (`xml:lang`); undefined where it is not, or with what is too long for one. */
export function readLanguage({ attrs }: Element): string | undefined {
  const language = attrs["xml:lang"];
  return language !== undefined && escapedBytes(language) <= LONGEST.languageTag ? language : undefined;
}

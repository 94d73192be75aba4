import type { Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { MAX_BYTES } from "./size-limits.ts";

/** Reads the language of an element (`xml:lang`); undefined if it is missing or longer than a language tag may be. */
export function readLanguage({ attrs }: Element): string | undefined {
  const language = attrs["xml:lang"];
  return language !== undefined && escapedBytes(language) <= MAX_BYTES.languageTag ? language : undefined;
}

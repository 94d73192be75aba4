import { escapeAttribute, escapeText } from "./escape.ts";
import { inLanguage, languageFor, type Text } from "./text.ts";

export type Attributes = Readonly<Record<string, string | undefined>>;

/** Writes the start of a stanza with many recipients, up to the recipient's address. */
export const openTag = (name: string, attributes: Attributes): string =>
  `<${name}${writeAttributes(attributes)} to="`;

/** Writes one element. Escapes attributes and omits undefined ones; `content` is markup. */
export function tag(name: string, attributes: Attributes = {}, content = ""): string {
  const start = `<${name}${writeAttributes(attributes)}`;
  return content === "" ? `${start}/>` : `${start}>${content}</${name}>`;
}

function writeAttributes(attributes: Attributes): string {
  let text = "";
  // Keys, as entries would cost three times as much.
  for (const key of Object.keys(attributes)) text += attribute(key, attributes[key]);
  return text;
}

/** Writes an attribute behind a space; empty if it has no value. */
export const attribute = (name: string, value: string | undefined): string =>
  value === undefined ? "" : ` ${name}="${escapeAttribute(value)}"`;

/** Writes an element with character data only; an empty text gives an empty element. */
export function textTag(name: string, text: string, attributes: Attributes = {}): string {
  return tag(name, attributes, escapeText(text));
}

/** Writes the body of a message in the language of its reader. */
export const bodyTag = (text: Text, language: string | undefined): string =>
  textTag("body", inLanguage(text, language), { "xml:lang": languageFor(language) });

import { escapeAttribute, escapeText } from "./escape.ts";

export type Attributes = Readonly<Record<string, string | undefined>>;

/** Writes the start of a stanza with many recipients, up to the recipient's address. */
export function openTag(name: string, attributes: Attributes): string {
  return `${tag(name, attributes).slice(0, -2)} to="`;
}

/** Writes one element. Escapes attributes and omits undefined ones; `content` is markup. */
export function tag(name: string, attributes: Attributes = {}, content = ""): string {
  let text = `<${name}`;
  // Keys, as entries would cost three times as much.
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value !== undefined) text += ` ${key}="${escapeAttribute(value)}"`;
  }
  return content === "" ? `${text}/>` : `${text}>${content}</${name}>`;
}

/** Writes an element with character data only; an empty text gives an empty element. */
export function textTag(name: string, text: string, attributes: Attributes = {}): string {
  return tag(name, attributes, escapeText(text));
}

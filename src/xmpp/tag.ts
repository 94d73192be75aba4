import { escapeAttribute, escapeText } from "./escape.ts";

export type Attributes = Readonly<Record<string, string | undefined>>;

/** The start of a stanza for many: the element's name and attributes, up to where the recipient's address goes. */
export function openTag(name: string, attributes: Attributes): string {
  return `${tag(name, attributes).slice(0, -2)} to="`;
}

/** Writes one element as text. Attributes are escaped, those that are undefined left out; `content` is markup already. */
export function tag(name: string, attributes: Attributes = {}, content = ""): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) text += ` ${key}="${escapeAttribute(value)}"`;
  }
  return content === "" ? `${text}/>` : `${text}>${content}</${name}>`;
}

/** An element that holds character data only; an empty text gives an empty element. */
export function textTag(name: string, text: string, attributes: Attributes = {}): string {
  return tag(name, attributes, escapeText(text));
}

// Links in what people wrote. Only addresses of http and https become links; everything else stays text.

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^\p{C}]{1,2000}/giu;
/** Punctuation at the end of an address that belongs to the sentence around it. */
const TRAILING = /[.,;:!?)\]*_~]+$/;
/** Links of one message. More would cost much time to write and help nobody to read. */
const MOST_LINKS = 20;

export type Part = { readonly text: string } | { readonly href: string; readonly text: string };

/** Splits a text into links and what is between them. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    if (parts.length >= 2 * MOST_LINKS) break;
    const address = match[0].replace(TRAILING, "");
    const { href } = URL.parse(address) ?? {};
    if (href === undefined) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ href, text: address });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

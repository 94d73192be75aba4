// Real addresses inside of what occupants send each other (XEP-0045 section 17.4: never revealed).
import { child, type Element, serialize } from "../../xmpp/element.ts";
import { escapeAnywhere, escapeAttribute, escapeText } from "../../xmpp/escape.ts";
import { bareOf } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { seesRealJids } from "../permissions/visibility.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";

/** What means something in a regular expression. */
const SYNTAX = /[\\^$.*+?()[\]{}|/]/g;

/** Errors whose text is another address of the recipient (RFC 6120 sections 8.3.3.5 and 8.3.3.14). */
const TELLING = ["gone", "redirect"];

/**
 * The payload of an IQ as markup for `viewer`. From one who may not see real addresses, those of `author` are
 * concealed wherever they stand (clients name themselves in disco#items, servers in errors).
 */
export function redactedPayload(room: Room, viewer: Occupant, author: Occupant, stanza: Element): string {
  const write = (): string => stanza.getChildElements().map(serialize).join("");
  if (viewer.bareJid === author.bareJid || seesRealJids(room, viewer)) return write();
  const error = child(stanza, "error");
  if (error) {
    delete error.attrs.by;
    for (const name of TELLING) {
      const condition = child(error, name, NS.stanzas);
      if (condition) condition.children = [];
    }
  }
  return redact(write(), addressesOf(author), escapeAnywhere(room.occupantAddress(author.nick)));
}

const WORD = /[^\s"<>]+/g;
/** Bytes as in a URI (RFC 3986 section 2.1). */
const ENCODED = /(?:%[\dA-F]{2})+/gi;

/** Markup with `other` for the addresses that a pattern finds, also in words of which something is percent-encoded. */
function redact(markup: string, addresses: RegExp, other: string): string {
  const decoded = markup.replace(WORD, (word) => {
    const plain = word.replace(ENCODED, decode);
    return plain === word || plain.search(addresses) < 0 ? word : plain;
  });
  let text = "";
  let end = 0;
  for (const found of decoded.matchAll(addresses)) {
    text += decoded.slice(end, found.index - (found[1]?.length ?? 0)) + other;
    end = found.index + found[0].length;
  }
  return text + decoded.slice(end);
}

const decode = (encoded: string): string =>
  escapeAnywhere(Buffer.from(encoded.replaceAll("%", ""), "hex").toString());

/**
 * Matches the addresses of an occupant in markup as whole words, whatever their case, in the forms in which the room has
 * them. A match begins at the @, and has what stands before it as its first group: so a long address costs nothing where
 * there is none.
 */
function addressesOf({ bareJid, sessions }: Occupant): RegExp {
  const clients = [...sessions.keys()];
  const addresses = [...new Set([bareJid, ...clients.map(bareOf)])];
  const at = (address: string): number => address.indexOf("@") + 1;
  const domain = anyInMarkup(addresses.map((address) => address.slice(at(address))));
  const locals = anyInMarkup(addresses.map((address) => address.slice(0, at(address) - 1)));
  const resources = clients.map((jid) => inMarkup(jid.slice(bareOf(jid).length + 1)));
  const before = `(?<![\\p{L}\\p{N}._%+-])`;
  const start = at(bareJid) === 0 ? `${before}()` : `@(?<=${before}(${locals})@)`;
  return new RegExp(
    `${start}${domain}(?:/(?:${resources.join("|")}))?(?![\\p{L}\\p{N}-]|\\.[\\p{L}\\p{N}])`,
    "giu",
  );
}

const anyInMarkup = (texts: readonly string[]): string => `(?:${texts.map(inMarkup).join("|")})`;

/** A text as it may stand in an attribute or between tags, as a pattern. */
function inMarkup(text: string): string {
  const forms = new Set([escapeAttribute(text), escapeText(text), escapeAnywhere(text)]);
  return `(?:${[...forms].map((form) => form.replace(SYNTAX, "\\$&")).join("|")})`;
}

// Redaction of real JIDs in the payload of IQs between occupants (XEP-0045 section 17.4: never revealed).
import { child, type Element, serialize } from "../../xmpp/element.ts";
import { escapeAnywhere, escapeAttribute, escapeText } from "../../xmpp/escape.ts";
import { bareOf } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { seesRealJids } from "../permissions/visibility.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";

/** Special characters of regular expressions. */
const SYNTAX = /[\\^$.*+?()[\]{}|/]/g;

/** Error conditions that contain another address of the recipient (RFC 6120 sections 8.3.3.5 and 8.3.3.14). */
const CONDITIONS_WITH_ADDRESS = ["gone", "redirect"];

/**
 * Writes the payload of an IQ for `viewer`, as markup. If the viewer may not see real JIDs, replaces those of `author`
 * with the occupant JID everywhere: clients write them in disco#items, servers in errors.
 */
export function redactedPayload(room: Room, viewer: Occupant, author: Occupant, stanza: Element): string {
  const write = (): string => stanza.getChildElements().map(serialize).join("");
  if (viewer.bareJid === author.bareJid || seesRealJids(room, viewer)) return write();
  const error = child(stanza, "error");
  if (error) {
    delete error.attrs.by;
    for (const name of CONDITIONS_WITH_ADDRESS) {
      const condition = child(error, name, NS.stanzas);
      if (condition) condition.children = [];
    }
  }
  const markup = write();
  const mayHaveAddress = markup.includes("@") || markup.includes("%") || !author.bareJid.includes("@");
  if (!mayHaveAddress) return markup;
  return redact(markup, addressesOf(author), escapeAnywhere(room.occupantAddress(author.nick)));
}

const WORD = /[^\s"<>]+/g;
/** Percent-encoded bytes in a URI (RFC 3986 section 2.1). */
const ENCODED = /(?:%[\dA-F]{2})+/gi;

/** Replaces the addresses that a pattern matches, also if parts of them are percent-encoded. */
function redact(markup: string, addresses: RegExp, replacement: string): string {
  const decoded = markup.replace(WORD, (word) => {
    const plain = word.replace(ENCODED, decode);
    return plain === word || plain.search(addresses) < 0 ? word : plain;
  });
  let text = "";
  let end = 0;
  for (const found of decoded.matchAll(addresses)) {
    text += decoded.slice(end, found.index - (found[1]?.length ?? 0)) + replacement;
    end = found.index + found[0].length;
  }
  return text + decoded.slice(end);
}

const decode = (encoded: string): string =>
  escapeAnywhere(Buffer.from(encoded.replaceAll("%", ""), "hex").toString());

/** The last pattern for each occupant, with the clients for which it was made. Making one takes a millisecond. */
const patterns = new WeakMap<Occupant, { readonly clients: string; readonly pattern: RegExp }>();

function addressesOf(occupant: Occupant): RegExp {
  const clients = [...occupant.sessions.keys()].join("\n");
  const known = patterns.get(occupant);
  if (known?.clients === clients) return known.pattern;
  const pattern = patternOf(occupant);
  patterns.set(occupant, { clients, pattern });
  return pattern;
}

/**
 * Makes a pattern that matches an occupant's real JIDs in markup: whole words, ignoring case. A match begins at the @
 * and has the localpart as its first group, so that text without an @ costs little, however long the JIDs are.
 */
function patternOf({ bareJid, sessions }: Occupant): RegExp {
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

/** Makes a pattern that matches a text in any of its escaped forms. */
function inMarkup(text: string): string {
  const forms = new Set([escapeAttribute(text), escapeText(text), escapeAnywhere(text)]);
  return `(?:${[...forms].map((form) => form.replace(SYNTAX, "\\$&")).join("|")})`;
}

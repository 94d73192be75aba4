// Real addresses inside of what occupants send each other (XEP-0045 section 17.4: never revealed).
import { child, type Element, serialize } from "../xmpp/element.ts";
import { escapeAttribute } from "../xmpp/escape.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";
import { seesRealJids } from "./visibility.ts";

/** What means something in a regular expression. */
const SYNTAX = /[\\^$.*+?()[\]{}|/]/g;

/** Errors whose text is another address of the recipient (RFC 6120 sections 8.3.3.5 and 8.3.3.14). */
const TELLING = ["gone", "redirect"];

/**
 * The payload of an IQ as markup for `viewer`. From one who may not see real addresses, those of `author` are
 * concealed wherever they stand (clients name themselves in disco#items, servers in errors).
 */
export function payloadFor(room: Room, viewer: Occupant, author: Occupant, stanza: Element): string {
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
  const address = escapeAttribute(room.occupantAddress(author.nick));
  return write().replace(addressesOf(author), () => address);
}

/** Matches the addresses of an occupant as whole words, whatever their case. */
function addressesOf({ bareJid, sessions }: Occupant): RegExp {
  const addresses = [...sessions.keys(), bareJid].map((jid) => escapeAttribute(jid).replace(SYNTAX, "\\$&"));
  return new RegExp(
    `(?<![\\p{L}\\p{N}._%+-])(?:${addresses.join("|")})(?![\\p{L}\\p{N}-]|\\.[\\p{L}\\p{N}])`,
    "giu",
  );
}

// Elements that the service adds to occupants' stanzas, and elements of clients that it does not relay.
import type { Element } from "../../xmpp/element.ts";
import { accountOf, bareOf, type Jid, parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import type { Occupant } from "../room/occupant.ts";
import { occupantIdTag } from "../room/occupant-id.ts";

/** Writes the elements that the room adds to an occupant's messages and private messages. */
export function occupantMarks(occupant: Occupant): string {
  return occupantIdTag(occupant.id);
}

/** Writes the elements that the room adds to an occupant's presence. `hats`: markup; empty in unavailable presence. */
export const presenceAdditions = (occupantId: string, hats: string): string =>
  occupantIdTag(occupantId) + hats;

/** Namespaces of XEP-0425: the present one and an earlier one. */
const MODERATION: readonly (string | undefined)[] = [NS.moderate, NS.moderateEarlier];

const SERVICE_ONLY: readonly (string | undefined)[] = [
  NS.mucUser,
  NS.mucAdmin,
  NS.mucOwner,
  NS.occupantId,
  NS.hats,
  NS.accountAffiliation,
  NS.mentionNotifications,
  // Predecessors of XEP-0317, which clients still display.
  "http://prosody.im/protocol/hats:1",
  "xmpp:prosody.im/protocol/hats:1",
  ...MODERATION,
];

/**
 * Returns true for elements of XEP-0313 and XEP-0280 in any version, except for the request to make no carbon copies.
 */
const isArchiveOrCarbon = (el: Element): boolean => {
  const xmlns = el.getNS() ?? "";
  return xmlns.startsWith("urn:xmpp:mam:") || (xmlns.startsWith("urn:xmpp:carbons:") && !el.is("private"));
};

/**
 * Returns true for elements that only the room may send: muc extensions (XEP-0045 section 17.3), the room's own
 * stanza-id and delay (XEP-0359 section 3), occupant ids, hats, moderated retractions and tombstones (XEP-0425 section
 * 5), archive results (XEP-0313), carbon copies (XEP-0280 section 11) and forwarded mentions (XEP-0452). Also for
 * account affiliations (XEP-0489): servers send them for the room only, and other clients would take them for the
 * room's.
 */
export function isForged(el: Element, room: string): boolean {
  if (SERVICE_ONLY.includes(el.getNS()) || isArchiveOrCarbon(el)) return true;
  if (el.is("retracted", NS.retract) || el.is("retracted", NS.retractEarlier)) return true;
  if (el.getChildElements().some((inner) => MODERATION.includes(inner.getNS()))) return true;
  const by = markerOf(el);
  return (
    by !== undefined && (el.is("stanza-id", NS.stanzaId) ? by.full === room : by.bare === accountOf(room))
  );
}

/**
 * Returns the elements of a client's stanza to relay. Leaves out forged ones, and the stanza-id and delay of the
 * author's own account or server: clients and servers add them unasked, and they would reveal the author.
 */
export function relayedElements({ element, from, to }: Stanza): Element[] {
  return element.getChildElements().filter((el) => {
    const by = markerOf(el);
    const namesAuthor = by !== undefined && (by.bare === from.bare || by.bare === accountOf(from.domain));
    return !namesAuthor && !isForged(el, bareOf(to.full));
  });
}

/** Returns the address in a stanza-id (XEP-0359) or a delay (XEP-0203, and XEP-0091 before it). */
function markerOf(el: Element): Jid | undefined {
  if (el.is("stanza-id", NS.stanzaId)) return parseJid(el.attrs.by ?? "");
  return el.is("delay", NS.delay) || el.is("x", "jabber:x:delay") ? parseJid(el.attrs.from ?? "") : undefined;
}

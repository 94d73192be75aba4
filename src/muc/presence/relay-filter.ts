// What the service adds to everything that an occupant says, and what a client must not say itself.
import type { Element } from "../../xmpp/element.ts";
import { accountOf, bareOf, type Jid, parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import type { Occupant } from "../room/occupant.ts";
import { occupantIdTag } from "../room/occupant-id.ts";

/** The marks of an occupant's messages, private messages and presence, as markup. */
export function occupantMarks(occupant: Occupant): string {
  return occupantIdTag(occupant.id);
}

/** The marks of an occupant's presence, as markup; `hats` are those that it shows, while it is available. */
export const presenceAdditions = (occupantId: string, hats: string): string =>
  occupantIdTag(occupantId) + hats;

/** XEP-0425, with the version before it. */
const MODERATION: readonly (string | undefined)[] = [NS.moderate, NS.moderateEarlier];

const SERVICE_ONLY: readonly (string | undefined)[] = [
  NS.mucUser,
  NS.mucAdmin,
  NS.mucOwner,
  NS.occupantId,
  NS.hats,
  NS.accountAffiliation,
  NS.mentionNotifications,
  // What XEP-0317 grew out of, which clients still show.
  "http://prosody.im/protocol/hats:1",
  "xmpp:prosody.im/protocol/hats:1",
  ...MODERATION,
];

/** Every version of XEP-0313, and XEP-0280 but for the client's wish to have no copies made. */
const isArchiveOrCarbon = (el: Element): boolean => {
  const xmlns = el.getNS() ?? "";
  return xmlns.startsWith("urn:xmpp:mam:") || (xmlns.startsWith("urn:xmpp:carbons:") && !el.is("private"));
};

/**
 * Whether a client's element says what only the room may say, so that it is not passed on: muc extensions
 * (XEP-0045 section 17.3), the room's own stanza-id and delay (XEP-0359 section 3), occupant identifiers, hats,
 * retractions in a moderator's name and tombstones (XEP-0425 section 5), results of an archive (XEP-0313), carbon
 * copies (XEP-0280 section 11) and forwarded mentions (XEP-0452). What a server has said to the room of its user's
 * account (XEP-0489) would be taken for the room's word, and is nobody else's business.
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
 * What of a client's stanza is passed on to the room: not what is forged, nor the stanza-id and delay of the author's
 * own account or server, which clients and servers add by themselves and which would name the author.
 */
export function relayedElements({ element, from, to }: Stanza): Element[] {
  return element.getChildElements().filter((el) => {
    const by = markerOf(el);
    const namesAuthor = by !== undefined && (by.bare === from.bare || by.bare === accountOf(from.domain));
    return !namesAuthor && !isForged(el, bareOf(to.full));
  });
}

/** Who has marked a stanza with a stanza-id (XEP-0359) or a delay (XEP-0203, and XEP-0091 before it). */
function markerOf(el: Element): Jid | undefined {
  if (el.is("stanza-id", NS.stanzaId)) return parseJid(el.attrs.by ?? "");
  return el.is("delay", NS.delay) || el.is("x", "jabber:x:delay") ? parseJid(el.attrs.from ?? "") : undefined;
}

// The list of public rooms (XEP-0045 section 6.3), in pages (XEP-0059).
import { type IqAnswer, refuse, result } from "../muc/iq-answer.ts";
import type { RoomRegistry } from "../muc/registry.ts";
import type { Room } from "../muc/room.ts";
import type { Element } from "../xmpp/element.ts";
import { parseJid } from "../xmpp/jid.ts";
import { NS } from "../xmpp/namespaces.ts";
import { type Order, pageOf } from "../xmpp/result-set.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";

/** The most rooms of one page: servers refuse stanzas that are too large. */
export const PAGE_SIZE = 200;

/** Answers disco#items of the service. */
export function listRooms(registry: RoomRegistry, query: Element): IqAnswer {
  if (query.attrs.node) return refuse(errors.itemNotFound("This service has no such node"));
  const page = pageOf(query, publicRooms(registry), BY_ADDRESS, PAGE_SIZE);
  if ("condition" in page) return refuse(page);
  const items = page.items.map((room) =>
    tag("item", { jid: room.address, name: room.config.name || room.node }),
  );
  return result(tag("query", { xmlns: NS.discoItems }, items.join("") + page.set));
}

/** The rooms that may be found, by their addresses. */
export const publicRooms = (registry: RoomRegistry): Room[] =>
  registry.inOrder().filter((room) => room.config.public && !room.locked);

/** An order that survives rooms coming and going: what follows an address does not depend on its room. */
export const BY_ADDRESS: Order<Room> = {
  uid: (room) => room.address,
  place(uid) {
    const jid = parseJid(uid);
    const node = jid?.local;
    if (jid === undefined || node === undefined || jid.resource !== undefined) return undefined;
    return (room) => compareTexts(room.node, node);
  },
};

/** By code units: the same for everybody, always. */
export const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

// Extended channel search (XEP-0433) among the public rooms of this service.
import { type IqAnswer, refuse, result } from "../muc/iq-answer.ts";
import type { RoomRegistry } from "../muc/registry.ts";
import type { Room } from "../muc/room.ts";
import { writeForm } from "../xmpp/data-form.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { type Order, pageOf } from "../xmpp/result-set.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { BY_ADDRESS, compareTexts, PAGE_SIZE, publicRooms } from "./room-list.ts";
import { ORDERS, readSearch, SEARCH_FIELDS, type Search } from "./search-form.ts";

const ANONYMITY = "urn:xmpp:channel-search:0:anonymity";

/** Answers a `search` element: with the form (section 4.2.1), or a page of what was found (section 4.2.2). */
export function searchChannels(registry: RoomRegistry, request: Element): IqAnswer {
  if (request.getChildElements().length === 0) {
    const form = writeForm({ type: "form", formType: NS.channelSearchParams }, SEARCH_FIELDS);
    return result(tag("search", { xmlns: NS.channelSearch }, form));
  }
  const search = readSearch(request);
  if ("condition" in search) return refuse(search);
  const found = publicRooms(registry).filter((room) => isFound(room, search));
  const isByUsers = search.order === ORDERS.users;
  if (isByUsers) found.sort((a, b) => b.occupants.size - a.occupants.size || compareTexts(a.node, b.node));
  const page = pageOf(request, found, isByUsers ? BY_USERS : BY_ADDRESS, PAGE_SIZE);
  if ("condition" in page) return refuse(page);
  return result(tag("result", { xmlns: NS.channelSearch }, page.items.map(writeItem).join("") + page.set));
}

/** Most users first. The identifier holds their number, so that it says where to go on whatever becomes of the room. */
const BY_USERS: Order<Room> = {
  uid: (room) => `${room.occupants.size}:${room.address}`,
  place(uid) {
    const [, count, address] = /^(\d+):(.+)$/s.exec(uid) ?? [];
    const byAddress = address === undefined ? undefined : BY_ADDRESS.place(address);
    return byAddress && ((room) => Number(count) - room.occupants.size || byAddress(room));
  },
};

function isFound(room: Room, { words, places, fewestUsers }: Search): boolean {
  if (room.occupants.size < fewestUsers) return false;
  const { name, description } = room.config;
  const texts = { name: name || room.node, description, address: room.address };
  const text = places.map((place) => texts[place].normalize("NFKC").toLowerCase()).join("\n");
  return words.every((word) => text.includes(word));
}

function writeItem(room: Room): string {
  const { config } = room;
  const optional = (name: string, text: string): string => (text === "" ? "" : textTag(name, text));
  const isOpen = !config.membersOnly && !config.passwordProtected;
  const content =
    textTag("name", config.name || room.node) +
    optional("description", config.description) +
    optional("language", config.language) +
    textTag("nusers", String(room.occupants.size)) +
    textTag("service-type", "xep-0045") +
    optional("is-open", isOpen ? "true" : "") +
    textTag("anonymity-mode", config.whois === "anyone" ? `{${ANONYMITY}}none` : "muc_semianonymous");
  return tag("item", { address: room.address }, content);
}

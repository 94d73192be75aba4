// Extended channel search (XEP-0433) among the public rooms of this service.

import { type IqOutcome, type IqReply, read, result } from "../muc/model/outcome.ts";
import { type Awaitable, type ListedRoom, type Records, whenReady } from "../muc/model/records.ts";
import type { RoomEnvironment } from "../muc/model/room-environment.ts";
import { listBytes } from "../muc/model/size-limits.ts";
import { isOpen } from "../muc/permissions/privileges.ts";
import { writeForm } from "../xmpp/data-form.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { compareTexts, type Order, pageOf } from "../xmpp/result-set.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { byAddress, PAGE_SIZE } from "./room-list.ts";
import { ORDERS, readSearch, SEARCH_FIELDS, type Search } from "./search-form.ts";

/** The number of rooms that one read of the records returns. */
const PORTION = 500;
const ANONYMITY = "urn:xmpp:channel-search:0:anonymity";

/** Answers a `search` element with the form (section 4.2.1), or with a page of results (section 4.2.2). */
export function searchChannels(environment: RoomEnvironment, request: Element): IqOutcome {
  if (request.getChildElements().length === 0) {
    const form = writeForm({ type: "form", formType: NS.channelSearchParams }, SEARCH_FIELDS);
    return result(tag("search", { xmlns: NS.channelSearch }, form));
  }
  const parsed = readSearch(request);
  if (parsed.kind === "refused") return parsed;
  const search = parsed.value;
  const { domain } = environment;
  return read((records) =>
    whenReady(find(records, domain, search, [], ""), (found) => answer(environment, request, search, found)),
  );
}

/** Searches the public rooms in portions, so that other requests get their turn between them. */
function find(
  records: Records,
  domain: string,
  search: Search,
  found: ListedRoom[],
  after: string,
): Awaitable<ListedRoom[]> {
  return whenReady(records.listRooms({ after, max: PORTION }), (rooms) => {
    // The number of users may change while the other rooms are searched.
    for (const room of rooms)
      if (isFound(room, search, domain))
        found.push({ node: room.node, config: room.config, users: room.users });
    const last = rooms.at(-1);
    return last === undefined || rooms.length < PORTION
      ? found
      : find(records, domain, search, found, last.node);
  });
}

function answer(
  environment: RoomEnvironment,
  request: Element,
  search: Search,
  found: ListedRoom[],
): IqReply {
  const { domain } = environment;
  const isByUsers = search.order === ORDERS.users;
  if (isByUsers) found.sort((a, b) => b.users - a.users || compareTexts(a.node, b.node));
  const page = pageOf(request, found, isByUsers ? byUsers(domain) : byAddress(domain), {
    write: (room) => writeItem(room, domain),
    most: PAGE_SIZE,
    bytes: listBytes(environment),
  });
  if (page.kind === "refused") return page;
  const { items, set } = page.value;
  return result(tag("result", { xmlns: NS.channelSearch }, items + set));
}

/** Order by number of users, most first. The identifier has that number, so the next page is found even without the room. */
function byUsers(domain: string): Order<ListedRoom> {
  const addresses = byAddress(domain);
  return {
    uid: (room) => `${room.users}:${addresses.uid(room)}`,
    place(uid) {
      const [, count, address] = /^(\d+):(.+)$/s.exec(uid) ?? [];
      const place = address === undefined ? undefined : addresses.place(address);
      return place && ((room) => Number(count) - room.users || place(room));
    },
  };
}

function isFound(room: ListedRoom, { words, places, fewestUsers }: Search, domain: string): boolean {
  if (room.users < fewestUsers) return false;
  if (words.length === 0) return true;
  const texts = searchedTexts(room, domain);
  return words.every((word) => places.some((place) => texts[place].includes(word)));
}

type SearchedTexts = Record<"name" | "description" | "address", string>;

/** Texts to search in, built once for each configuration, because a search reads all rooms. */
const SEARCHED = new WeakMap<ListedRoom["config"], SearchedTexts>();

function searchedTexts({ node, config }: ListedRoom, domain: string): SearchedTexts {
  const known = SEARCHED.get(config);
  if (known) return known;
  const compared = (text: string): string => text.normalize("NFKC").toLowerCase();
  const texts = {
    name: compared(config.name || node),
    description: compared(config.description),
    address: compared(`${node}@${domain}`),
  };
  SEARCHED.set(config, texts);
  return texts;
}

function writeItem(room: ListedRoom, domain: string): string {
  const { config } = room;
  const optional = (name: string, text: string): string => (text === "" ? "" : textTag(name, text));
  const content =
    textTag("name", config.name || room.node) +
    optional("description", config.description) +
    optional("language", config.language) +
    textTag("nusers", String(room.users)) +
    textTag("service-type", "xep-0045") +
    optional("is-open", isOpen(config) ? "true" : "") +
    textTag("anonymity-mode", config.whois === "anyone" ? `{${ANONYMITY}}none` : "muc_semianonymous");
  return tag("item", { address: `${room.node}@${domain}` }, content);
}

// Which rooms a search finds, and their order (XEP-0433 sections 4.2.2 and 6.1).
import { comparedText } from "../muc/model/compared-text.ts";
import type { ListedRoom } from "../muc/model/records.ts";
import { compareTexts, type Order } from "../xmpp/result-set.ts";
import { byAddress } from "./room-list.ts";
import { ORDERS, type Search } from "./search-form.ts";

export const isByUsers = ({ order }: Search): boolean => order === ORDERS.users;

/** Returns the order of the results, for sorting. */
export const comparison =
  (search: Search) =>
  (a: ListedRoom, b: ListedRoom): number =>
    (isByUsers(search) ? b.users - a.users : 0) || compareTexts(a.node, b.node);

/** Returns the order of the results, for pages. */
export const orderOf = (search: Search, domain: string): Order<ListedRoom> =>
  isByUsers(search) ? byUsers(domain) : byAddress(domain);

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

/**
 * Returns texts that each found room has in its name, description or node: the words without what only the domain has in
 * an address.
 */
export const indexedWords = ({ words, places }: Search, domain: string): string[] =>
  places.includes("address")
    ? words
        .filter((word) => !comparedText(domain).includes(word))
        .flatMap((word) => word.split("@", 1))
        .filter((word) => word !== "")
    : [...words];

export function isFound(room: ListedRoom, { words, places, fewestUsers }: Search, domain: string): boolean {
  if (room.users < fewestUsers) return false;
  if (words.length === 0) return true;
  const texts = searchedTexts(room, domain);
  return words.every((word) => places.some((place) => texts[place].includes(word)));
}

type SearchedTexts = Record<"name" | "description" | "address", string>;

/** Texts to search in, built once for each configuration, because a search looks at all rooms with occupants. */
const SEARCHED = new WeakMap<ListedRoom["config"], SearchedTexts>();

function searchedTexts({ node, config }: ListedRoom, domain: string): SearchedTexts {
  const known = SEARCHED.get(config);
  if (known) return known;
  const texts = {
    name: comparedText(config.name || node),
    description: comparedText(config.description),
    address: comparedText(`${node}@${domain}`),
  };
  SEARCHED.set(config, texts);
  return texts;
}

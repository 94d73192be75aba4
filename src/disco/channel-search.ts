// Extended channel search (XEP-0433) among the public rooms of this service.

import { type IqOutcome, type IqReply, read, result } from "../muc/model/outcome.ts";
import { type Awaitable, type ListedRoom, type Records, whenReady } from "../muc/model/records.ts";
import type { RoomEnvironment } from "../muc/model/room-environment.ts";
import { listBytes } from "../muc/model/size-limits.ts";
import { isOpen } from "../muc/permissions/privileges.ts";
import { writeForm } from "../xmpp/data-form.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Result } from "../xmpp/result.ts";
import { type Page, pageOf } from "../xmpp/result-set.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { pageOfMany } from "./long-search.ts";
import { PAGE_SIZE } from "./room-list.ts";
import { readSearch, SEARCH_FIELDS, type Search } from "./search-form.ts";
import { comparison, indexedWords, isFound, orderOf } from "./search-match.ts";

/** The most rooms that are read and sorted for one search. Of more, a page is read at a time. */
const MOST_SORTED = 1_000;
const ANONYMITY = "urn:xmpp:channel-search:0:anonymity";

/** Answers a `search` element with the form (section 4.2.1), or with a page of results (section 4.2.2). */
export function searchChannels(
  environment: RoomEnvironment,
  request: Element,
  language: string | undefined,
): IqOutcome {
  if (request.getChildElements().length === 0) {
    const form = writeForm({ type: "form", formType: NS.channelSearchParams }, SEARCH_FIELDS, language);
    return result(tag("search", { xmlns: NS.channelSearch }, form));
  }
  const parsed = readSearch(request);
  if (parsed.kind === "refused") return parsed;
  const search = parsed.value;
  return read((records) =>
    whenReady(records.occupiedListed(), (occupied) =>
      whenReady(candidates(records, environment, search, occupied), (rooms) =>
        whenReady(
          rooms
            ? sortedPage(environment, request, search, rooms)
            : pageOfMany(records, environment, request, { search, occupied, write: writeItem }),
          answer,
        ),
      ),
    ),
  );
}

function answer(page: Result<Page>): IqReply {
  if (page.kind === "refused") return page;
  const { items, set } = page.value;
  return result(tag("result", { xmlns: NS.channelSearch }, items + set));
}

/** Reads the rooms that a search may find; undefined if they are too many. */
function candidates(
  records: Records,
  { domain }: RoomEnvironment,
  search: Search,
  occupied: ListedRoom[],
): Awaitable<ListedRoom[] | undefined> {
  if (search.fewestUsers > 0) return occupied;
  const words = indexedWords(search, domain);
  if (words.length > 0) return records.findRooms(words, MOST_SORTED);
  return whenReady(records.countListed(), (count) =>
    count > MOST_SORTED ? undefined : records.listRooms({ max: MOST_SORTED }),
  );
}

function sortedPage(
  environment: RoomEnvironment,
  request: Element,
  search: Search,
  rooms: readonly ListedRoom[],
): Result<Page> {
  const { domain } = environment;
  const found = rooms.filter((room) => isFound(room, search, domain)).sort(comparison(search));
  return pageOf(request, found, orderOf(search, domain), {
    write: (room) => writeItem(room, domain),
    most: PAGE_SIZE,
    bytes: listBytes(environment),
  });
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

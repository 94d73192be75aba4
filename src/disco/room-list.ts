// The list of public rooms (XEP-0045 section 6.3), in pages (XEP-0059).

import { type IqOutcome, read, result } from "../muc/model/outcome.ts";
import type { ListedRoom, ListQuery } from "../muc/model/records.ts";
import { type Awaitable, type Records, whenReady } from "../muc/model/records.ts";
import type { RoomEnvironment } from "../muc/model/room-environment.ts";
import { listBytes } from "../muc/model/size-limits.ts";
import type { Element } from "../xmpp/element.ts";
import { parseJid } from "../xmpp/jid.ts";
import { NS } from "../xmpp/namespaces.ts";
import { fitting } from "../xmpp/parts.ts";
import { ok, type Result, refuse } from "../xmpp/result.ts";
import { compareTexts, type Order, type PageRequest, readPageRequest, writeSet } from "../xmpp/result-set.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import { say } from "../xmpp/text.ts";

/** The maximum number of rooms on a page. */
export const PAGE_SIZE = 200;

/** A text that sorts after the name of every room. */
export const END = "\u{10ffff}";

/** Answers disco#items of the service. */
export function listRooms(environment: RoomEnvironment, query: Element): IqOutcome {
  if (query.attrs.node) return refuse(errors.itemNotFound(say`This service has no such node`));
  const pageRequest = readPageRequest(query, PAGE_SIZE);
  if (pageRequest.kind === "refused") return pageRequest;
  const request = pageRequest.value;
  const list = toListQuery(request);
  if (list.kind === "refused") return list;
  return read((records) =>
    whenReady(records.listRooms(list.value), (rooms) =>
      whenReady(writePage(records, rooms, environment, list.value, request), (page) =>
        result(tag("query", { xmlns: NS.discoItems }, page)),
      ),
    ),
  );
}

function toListQuery({ max, index, after, before }: PageRequest): Result<ListQuery> {
  if (index !== undefined) return ok({ index, max });
  const place = after ?? before;
  if (place === undefined) return ok({ max });
  if (place === "") return ok({ before: END, max });
  const node = nodeOf(place);
  if (node === undefined) return refuse(errors.itemNotFound(say`The list has no such position`));
  return ok(after === undefined ? { before: node, max } : { after: node, max });
}

/** Returns the node of a room's address; undefined for any other text. */
export function nodeOf(address: string): string | undefined {
  const jid = parseJid(address);
  return jid?.resource === undefined ? jid?.local : undefined;
}

function writePage(
  records: Records,
  found: readonly ListedRoom[],
  environment: RoomEnvironment,
  { after, before }: ListQuery,
  { isAsked, max }: PageRequest,
): Awaitable<string> {
  const { domain } = environment;
  const write = ({ node, config }: ListedRoom): string =>
    tag("item", { jid: `${node}@${domain}`, name: config.name || node });
  const shown = fitting(found, write, listBytes(environment), before !== undefined);
  const items = shown.map(({ text }) => text).join("");
  const rooms = shown.map(({ item }) => item);
  const isWhole =
    rooms.length < max && rooms.length === found.length && after === undefined && before === undefined;
  if (!isAsked && isWhole) return items;
  const uids = rooms.map(({ node }) => `${node}@${domain}`);
  return whenReady(records.countListed(), (count) =>
    whenReady(records.countListed(rooms[0]?.node ?? ""), (start) =>
      count === 0 || (!isAsked && rooms.length === count) ? items : items + writeSet(uids, start, count),
    ),
  );
}

/** Order of search results by the address of the room. */
export function byAddress(domain: string): Order<ListedRoom> {
  return {
    uid: ({ node }) => `${node}@${domain}`,
    place(uid) {
      const node = nodeOf(uid);
      return node === undefined ? undefined : (room) => compareTexts(room.node, node);
    },
  };
}

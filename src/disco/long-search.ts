// A page of a search (XEP-0433) whose results are too many to be sorted: first the rooms with occupants, if the order is by
// users, which are in memory; then the others in the order of nodes, as the store reads them (XEP-0059).
import {
  type Awaitable,
  type ListedRoom,
  type ListQuery,
  type Records,
  whenReady,
} from "../muc/model/records.ts";
import type { RoomEnvironment } from "../muc/model/room-environment.ts";
import { listBytes } from "../muc/model/size-limits.ts";
import type { Element } from "../xmpp/element.ts";
import { fitting } from "../xmpp/parts.ts";
import { ok, type Result, refuse } from "../xmpp/result.ts";
import { type Page, readPageRequest, writeSet } from "../xmpp/result-set.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import { END, nodeOf, PAGE_SIZE } from "./room-list.ts";
import type { Search } from "./search-form.ts";
import { comparison, isByUsers, isFound, orderOf } from "./search-match.ts";

/** Rooms of one read of the records, and the most that are looked at for one page. */
const PORTION = 500;
const MOST_SCANNED = 5_000;

interface Input {
  readonly search: Search;
  readonly occupied: readonly ListedRoom[];
  write(room: ListedRoom, domain: string): string;
}

type Start = Pick<ListQuery, "after" | "before" | "index">;

/** Where a page lies: among the rooms with occupants (`head`), and in the list. */
interface Place {
  readonly head: readonly ListedRoom[];
  /** Undefined if the page ends before the list. */
  readonly tail: Start | undefined;
  /** True for a page before a place. */
  readonly isBack: boolean;
}

interface Found {
  readonly rooms: readonly ListedRoom[];
  /** The last room that was looked at, if there may be more. */
  readonly reached?: ListedRoom | undefined;
}

/**
 * Reads the page that a request selects. It may be shorter than the request allows: a page that has found nothing among
 * so many rooms names the last one it looked at. The total number and places are given if all rooms are asked for.
 */
export function pageOfMany(
  records: Records,
  environment: RoomEnvironment,
  request: Element,
  { search, occupied, write }: Input,
): Awaitable<Result<Page>> {
  const { domain } = environment;
  const asked = readPageRequest(request, PAGE_SIZE);
  if (asked.kind === "refused") return asked;
  const { max, index, after, before } = asked.value;
  const order = orderOf(search, domain);
  const matching = occupied.filter((room) => isFound(room, search, domain)).sort(comparison(search));
  const head = isByUsers(search) ? matching : [];
  const inHead = new Set(head.map(({ node }) => node));
  const isAll = search.words.length === 0;
  // A room in the list counts as empty, even if its occupants are not in memory yet.
  const uid = (room: ListedRoom): string => order.uid(inHead.has(room.node) ? room : { ...room, users: 0 });

  function placeOf(): Result<Place> {
    if (index !== undefined) {
      if (isAll && !isByUsers(search)) return ok({ head, tail: { index }, isBack: false });
      if (index <= head.length) return ok({ head: head.slice(index), tail: { after: "" }, isBack: false });
      return refuse(errors.featureNotImplemented(say`So many rooms have pages after and before a room only`));
    }
    if (before === "" && after === undefined) return ok({ head, tail: { before: END }, isBack: true });
    const named = after ?? before;
    if (named === undefined) return ok({ head, tail: { after: "" }, isBack: false });
    const place = order.place(named);
    if (!place) return refuse(errors.itemNotFound(say`The list has no such position`));
    const node = isByUsers(search) && !named.startsWith("0:") ? undefined : nodeOf(named.replace(/^0:/, ""));
    if (after !== undefined)
      return ok({ head: head.filter((room) => place(room) > 0), tail: { after: node ?? "" }, isBack: false });
    const tail = node === undefined ? undefined : { before: node };
    return ok({ head: head.filter((room) => place(room) < 0), tail, isBack: true });
  }

  const place = placeOf();
  if (place.kind === "refused") return place;
  const isInTail = (room: ListedRoom): boolean => !inHead.has(room.node) && isFound(room, search, domain);
  const portion = isAll ? Math.max(1, max) : PORTION;
  return whenReady(readPage(records, place.value, { max, portion, isInTail }), ({ rooms, reached }) => {
    const shown = fitting(rooms, (room) => write(room, domain), listBytes(environment), before !== undefined);
    const first = shown[0]?.item;
    const uids = first === undefined && reached && max > 0 ? [reached] : shown.map(({ item }) => item);
    return whenReady(isAll ? records.countListed() : undefined, (count) =>
      whenReady(isAll && first ? indexOf(records, first, head) : undefined, (start) =>
        ok({
          items: shown.map(({ text }) => text).join(""),
          set: writeSet(uids.map(uid), start, count),
        }),
      ),
    );
  });
}

/** Returns the number of rooms before one, if all are found. */
function indexOf(records: Records, { node }: ListedRoom, head: readonly ListedRoom[]): Awaitable<number> {
  const index = head.findIndex((room) => room.node === node);
  if (index !== -1) return index;
  const before = head.filter((room) => room.node < node).length;
  return whenReady(records.countListed(node), (count) => head.length + count - before);
}

interface Limits {
  readonly max: number;
  /** Rooms of one read. */
  readonly portion: number;
  isInTail(room: ListedRoom): boolean;
}

function readPage(records: Records, { head, tail, isBack }: Place, limits: Limits): Awaitable<Found> {
  const { max } = limits;
  const read = (most: number): Awaitable<Found> =>
    tail && most > 0 ? readTail(records, tail, { ...limits, max: most }, [], 0) : { rooms: [] };
  if (!isBack)
    return whenReady(read(max - head.length), ({ rooms, reached }) => ({
      rooms: [...head, ...rooms].slice(0, max),
      reached,
    }));
  return whenReady(read(max), ({ rooms, reached }) =>
    reached || max === 0 ? { rooms, reached } : { rooms: [...head, ...rooms].slice(-max) },
  );
}

/** Reads the list from a place on, or back from it, until the page is full or enough rooms were looked at. */
function readTail(
  records: Records,
  from: Start,
  limits: Limits,
  found: readonly ListedRoom[],
  scanned: number,
): Awaitable<Found> {
  const { max, portion, isInTail } = limits;
  return whenReady(records.listRooms({ ...from, max: portion }), (rooms) => {
    const isBack = from.before !== undefined;
    const matching = rooms.filter(isInTail);
    const all = isBack ? [...matching, ...found] : [...found, ...matching];
    const page = isBack ? all.slice(-max) : all.slice(0, max);
    const reached = isBack ? rooms[0] : rooms.at(-1);
    if (reached === undefined || rooms.length < portion || page.length === max) return { rooms: page };
    if (scanned + rooms.length >= MOST_SCANNED) return { rooms: page, reached };
    const next = isBack ? { before: reached.node } : { after: reached.node };
    return readTail(records, next, limits, page, scanned + rooms.length);
  });
}

// Result Set Management (XEP-0059): one page of an ordered list, found without any state.
import { child, childText, type Element } from "./element.ts";
import { NS } from "./namespaces.ts";
import { fitting } from "./parts.ts";
import { ok, type Result, refuse } from "./result.ts";
import { errors } from "./stanza-error.ts";
import { tag, textTag } from "./tag.ts";

/** How the items of a list are told apart. */
export interface Order<T> {
  /** An item's identifier, unique in the list. */
  uid(item: T): string;
  /**
   * Where an item with this identifier stands, or would stand: the result is negative for items before that
   * place, 0 at it and positive after it. Undefined for a text that is no identifier.
   */
  place(uid: string): ((item: T) => number) | undefined;
}

/** One page as markup, and what is said of it: the `set` element, empty where nothing needs to be said. */
export interface Page {
  readonly items: string;
  readonly set: string;
}

/** How a page is written, and how much it holds at most. */
export interface PageFormat<T> {
  write(item: T): string;
  readonly most: number;
  readonly bytes: number;
}

/**
 * The page of a sorted list that a request asks for with a `set` element, as much of it as one stanza holds; the first one
 * where it asks for none. An identifier whose item is gone still says where to go on; what is no identifier is
 * item-not-found (section 2.5).
 */
export function pageOf<T>(
  request: Element,
  list: readonly T[],
  order: Order<T>,
  { write, most, bytes }: PageFormat<T>,
): Result<Page> {
  const asked = readPageRequest(request, most);
  if (asked.kind === "refused") return asked;
  const { max: size, index, before, isAsked } = asked.value;
  const start = index ?? startOf(asked.value, list, order, size);
  if (start === undefined) return refuse(errors.itemNotFound("The list has no such position"));
  const end = before ? Math.min(start + size, countBefore(list, order.place(before))) : start + size;
  const page = list.slice(start, end);
  const isFromEnd = before !== undefined;
  const shown = fitting(page, write, bytes, isFromEnd);
  const isPart = isAsked || shown.length < list.length;
  const place = isFromEnd ? start + page.length - shown.length : start;
  const uids = shown.map(({ item }) => order.uid(item));
  return ok({
    items: shown.map(({ text }) => text).join(""),
    set: isPart && list.length > 0 ? writeSet(uids, place, list.length) : "",
  });
}

/** What a request asks for with its `set` element: identifiers as they were given, `before` empty for the last page. */
export interface PageRequest {
  readonly isAsked: boolean;
  /** Never more than the list gives at a time. */
  readonly max: number;
  readonly index: number | undefined;
  readonly after: string | undefined;
  readonly before: string | undefined;
}

/** Reads a page request, of `usual` items where it does not say how many, `most` where it says more; bad-request for numbers that are none. */
export function readPageRequest(request: Element, most: number, usual = most): Result<PageRequest> {
  const set = child(request, "set", NS.rsm);
  const max = readCount(set, "max") ?? usual;
  const index = readCount(set, "index");
  if (max === "bad" || index === "bad")
    return refuse(errors.badRequest("max and index must be whole numbers"));
  return ok({
    isAsked: set !== undefined,
    max: Math.min(max, most),
    index,
    after: (set && childText(set, "after")) || undefined,
    before: set && childText(set, "before"),
  });
}

function startOf<T>(
  { after, before }: PageRequest,
  list: readonly T[],
  order: Order<T>,
  size: number,
): number | undefined {
  if (after !== undefined) {
    const place = order.place(after);
    return place && list.filter((item) => place(item) <= 0).length;
  }
  if (before === undefined) return 0;
  if (before === "") return Math.max(0, list.length - size);
  const place = order.place(before);
  return place && Math.max(0, countBefore(list, place) - size);
}

const countBefore = <T>(list: readonly T[], place: ((item: T) => number) | undefined): number =>
  place === undefined ? list.length : list.filter((item) => place(item) < 0).length;

/** No list has so many items. */
const LARGEST = 999_999_999;

function readCount(set: Element | undefined, name: string): number | "bad" | undefined {
  const text = set && childText(set, name);
  if (text === undefined) return undefined;
  if (name === "max" && text.trim() === "") return undefined;
  return /^\s*\d+\s*$/.test(text) ? Math.min(Number(text), LARGEST) : "bad";
}

/** Says which part of a list was given: the identifiers of its items, and where it is known from which place on, of how many. */
export function writeSet(uids: readonly string[], start?: number, count?: number): string {
  const [first, last] = [uids[0], uids.at(-1)];
  const ends =
    first === undefined || last === undefined
      ? ""
      : textTag("first", first, { index: start?.toString() }) + textTag("last", last);
  return tag("set", { xmlns: NS.rsm }, ends + (count === undefined ? "" : textTag("count", String(count))));
}

/** By code units: the same for everybody, always. */
export const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

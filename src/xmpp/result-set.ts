// Result Set Management (XEP-0059): selects one page of an ordered list without keeping state between requests.
import { child, childText, type Element } from "./element.ts";
import { NS } from "./namespaces.ts";
import { fitting } from "./parts.ts";
import { ok, type Result, refuse } from "./result.ts";
import { errors } from "./stanza-error.ts";
import { tag, textTag } from "./tag.ts";
import { say } from "./text.ts";

/** The identifiers of a list's items and their order. */
export interface Order<T> {
  /** Returns an item's identifier, unique in the list. */
  uid(item: T): string;
  /**
   * Returns a comparison with the position of an identifier, whose item need not exist: negative for items before the
   * position, 0 at it and positive after it. Undefined for a text that is not an identifier.
   */
  place(uid: string): ((item: T) => number) | undefined;
}

/** A page as markup and its `set` element, which is empty if the page is the whole list and no page was requested. */
export interface Page {
  readonly items: string;
  readonly set: string;
}

/** The format of a page and its limits: items (`most`) and bytes. */
export interface PageFormat<T> {
  write(item: T): string;
  readonly most: number;
  readonly bytes: number;
}

/**
 * Returns the page of a sorted list that a request selects with a `set` element, or the first page without one. The page
 * has no more items than fit into `bytes`. The identifier of a removed item still marks its position; any other text gives
 * item-not-found (section 2.5).
 */
export function pageOf<T>(
  request: Element,
  list: readonly T[],
  order: Order<T>,
  { write, most, bytes }: PageFormat<T>,
): Result<Page> {
  const pageRequest = readPageRequest(request, most);
  if (pageRequest.kind === "refused") return pageRequest;
  const { max: size, index, before, isAsked } = pageRequest.value;
  const start = index ?? startOf(pageRequest.value, list, order, size);
  if (start === undefined) return refuse(errors.itemNotFound(say`The list has no such position`));
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

/** The content of a `set` element: identifiers as received, `before` empty for the last page. */
export interface PageRequest {
  readonly isAsked: boolean;
  /** The page size, at most the list's limit. */
  readonly max: number;
  readonly index: number | undefined;
  readonly after: string | undefined;
  readonly before: string | undefined;
}

/** Reads a page request. The page size is `usual` by default and at most `most`. Refuses bad numbers with bad-request. */
export function readPageRequest(request: Element, most: number, usual = most): Result<PageRequest> {
  const set = child(request, "set", NS.rsm);
  const max = readCount(set, "max") ?? usual;
  const index = readCount(set, "index");
  if (max === "bad" || index === "bad")
    return refuse(errors.badRequest(say`max and index must be whole numbers`));
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

/** A bound that is larger than any list. */
const LARGEST = 999_999_999;

function readCount(set: Element | undefined, name: string): number | "bad" | undefined {
  const text = set && childText(set, name);
  if (text === undefined) return undefined;
  if (name === "max" && text.trim() === "") return undefined;
  return /^\s*\d+\s*$/.test(text) ? Math.min(Number(text), LARGEST) : "bad";
}

/** Writes the `set` element of a page from the identifiers of its items, with its start and the list's size if known. */
export function writeSet(uids: readonly string[], start?: number, count?: number): string {
  const [first, last] = [uids[0], uids.at(-1)];
  const ends =
    first === undefined || last === undefined
      ? ""
      : textTag("first", first, { index: start?.toString() }) + textTag("last", last);
  return tag("set", { xmlns: NS.rsm }, ends + (count === undefined ? "" : textTag("count", String(count))));
}

/** Compares two texts by code units, which does not depend on a locale. */
export const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

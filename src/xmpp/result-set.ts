// Result Set Management (XEP-0059): one page of an ordered list, found without any state.
import { child, childText, type Element } from "./element.ts";
import { NS } from "./namespaces.ts";
import { errors, type StanzaError } from "./stanza-error.ts";
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

/** One page, and what is said of it: the `set` element as markup, empty where nothing needs to be said. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly set: string;
}

/**
 * The page of a sorted list that a request asks for with a `set` element, of `most` items at most; the first one
 * where it asks for none. An identifier whose item is gone still says where to go on; what is no identifier is
 * item-not-found (section 2.5).
 */
export function pageOf<T>(
  request: Element,
  list: readonly T[],
  order: Order<T>,
  most: number,
): Page<T> | StanzaError {
  const set = child(request, "set", NS.rsm);
  const max = readCount(set, "max") ?? most;
  const index = readCount(set, "index");
  if (max === "bad" || index === "bad") return errors.badRequest("max and index are whole numbers");
  const size = Math.min(max, most);
  const start = index ?? startOf(set, list, order, size);
  if (start === undefined) return errors.itemNotFound("The list has no such place");
  const before = set && childText(set, "before");
  const end = before ? Math.min(start + size, countBefore(list, order.place(before))) : start + size;
  const items = list.slice(start, end);
  const isPart = set !== undefined || items.length < list.length;
  return { items, set: isPart && list.length > 0 ? writeSet(items, start, list.length, order) : "" };
}

function startOf<T>(
  set: Element | undefined,
  list: readonly T[],
  order: Order<T>,
  size: number,
): number | undefined {
  const after = set && childText(set, "after");
  const before = set && childText(set, "before");
  if (after) {
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

function readCount(set: Element | undefined, name: string): number | "bad" | undefined {
  const text = set && childText(set, name);
  if (text === undefined) return undefined;
  return /^\d{1,9}$/.test(text) ? Number(text) : "bad";
}

function writeSet<T>(items: readonly T[], start: number, count: number, order: Order<T>): string {
  const [first, last] = [items[0], items.at(-1)];
  const ends =
    first === undefined || last === undefined
      ? ""
      : textTag("first", order.uid(first), { index: String(start) }) + textTag("last", order.uid(last));
  return tag("set", { xmlns: NS.rsm }, ends + textTag("count", String(count)));
}

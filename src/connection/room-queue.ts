// What waits to be written of one room, in order.
import type { Copies, Saying } from "../muc/model/effects.ts";
import type { Backlog } from "./backlog.ts";
import { outputSize } from "./output-size.ts";

/** From so many bytes of a room on, newer news take the place of those that wait: it has more to say than it can. */
const REPLACE_ABOVE = 1_048_576;

/** News that newer ones may take the place of, as long as nobody has been told them. */
export class Replaceable {
  readonly name: string;
  copies: Copies | undefined;
  readonly cause: string;

  constructor(name: string, copies: Copies, cause: string) {
    this.name = name;
    this.copies = copies;
    this.cause = cause;
  }
}

export interface RoomQueue {
  /** What was said in vain, which comes before the items. */
  readonly resends: string[];
  items: (Saying | Replaceable)[];
  /** Whose stanza has brought each of them about. */
  causes: string[];
  /** The latest news of each name. */
  readonly news: Map<string, Replaceable>;
  /** The next item, and of copies the next recipient, of a series the next stanza. */
  item: number;
  place: number;
  /** How many copies or stanzas of that item have been written. */
  copies: number;
}

export const newQueue = (): RoomQueue => ({
  resends: [],
  items: [],
  causes: [],
  news: new Map(),
  item: 0,
  place: 0,
  copies: 0,
});

export const isEmpty = ({ resends, items, item }: RoomQueue): boolean =>
  resends.length === 0 && item >= items.length;

/** Whose stanza has brought about the item that is said now. */
export const causeOf = ({ causes, item }: RoomQueue): string => causes[item] ?? "";

type News = Copies & { readonly news: string };

export const isNews = (saying: Saying): saying is News =>
  typeof saying === "object" && "news" in saying && saying.news !== undefined;

/** Takes on news; older ones of the same name that wait are dropped where much waits. */
export function latestNews(
  node: string,
  queue: RoomQueue,
  copies: News,
  cause: string,
  backlog: Backlog,
): Replaceable {
  const older = queue.news.get(copies.news);
  const isBegun = queue.place > 0 && queue.items[queue.item] === older;
  if (older?.copies && !isBegun && backlog.wireBytesOf(node) > REPLACE_ABOVE) {
    backlog.remove(node, outputSize(older.copies), older.cause);
    older.copies = undefined;
  }
  const latest = new Replaceable(copies.news, copies, cause);
  queue.news.set(copies.news, latest);
  return latest;
}

// What strangers may read of a room: the room as the list has it, and its public log. The archive is read for someone without
// affiliation, so it gives no private messages and no presence.
import { publicSince } from "../muc/archive/public-log.ts";
import type { ArchivePage, ArchiveQuery } from "../muc/model/archive-query.ts";
import type { ArchivedMessage } from "../muc/model/journal.ts";
import type { ListedRoom, PublicRoom, Records } from "../muc/model/records.ts";
import { repliedElsewhere } from "./conversation.ts";
import { dayOf, endOfDay, startOfDay } from "./days.ts";

/** Messages of a page of a day, of a page of search results, and of the feed. */
export const PAGE_SIZE = 200;
export const SEARCH_SIZE = 50;
const FEED_SIZE = 50;
/** Rooms of a page of the list. */
export const LIST_SIZE = 50;
/** Messages on other pages whose authors are looked up for one page. */
const MOST_REPLIED = 50;

export interface LoggedRoom {
  readonly room: PublicRoom;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** A page of a day, and the days with messages beside it. */
export interface DayPage {
  readonly messages: readonly ArchivedMessage[];
  /** Stanza-id after which the next page of the day begins; undefined on the last one. */
  readonly next: string | undefined;
  readonly dayBefore: string | undefined;
  readonly dayAfter: string | undefined;
  /** Nicknames of authors of messages that are replied to and are not on this page, by stanza-id. */
  readonly elsewhere: ReadonlyMap<string, string>;
}

export interface FoundPage {
  /** Newest first. */
  readonly messages: readonly ArchivedMessage[];
  /** Stanza-id before which the search goes on; undefined at its end. */
  readonly next: string | undefined;
}

type Filter = Partial<ArchiveQuery> & Pick<ArchiveQuery, "max" | "fromEnd">;

export class PublicLog {
  readonly #records: Pick<Records, "publicRoom" | "readArchive" | "listRooms">;

  constructor(records: Pick<Records, "publicRoom" | "readArchive" | "listRooms">) {
    this.#records = records;
  }

  /** Reads a page of the list of public rooms. */
  async list(after: string | undefined): Promise<ListedRoom[]> {
    return this.#records.listRooms({ ...(after !== undefined && { after }), max: LIST_SIZE + 1 });
  }

  async room(node: string): Promise<PublicRoom | undefined> {
    return this.#records.publicRoom(node);
  }

  /** Reads a room with a public log. */
  async logged(node: string): Promise<LoggedRoom | undefined> {
    const room = await this.room(node);
    const since = room && publicSince(room.config, false, room.logNote);
    return room && since !== undefined ? { room, since } : undefined;
  }

  /** Reads a page of a day, after a message of it; undefined if that message is not in the log. */
  async day(logged: LoggedRoom, day: string, after: string | undefined): Promise<DayPage | undefined> {
    const [start, end] = [startOfDay(day), endOfDay(day)];
    const afterIds = after === undefined ? [] : [after];
    const page = await this.#read(logged, { start, end, afterIds, max: PAGE_SIZE, fromEnd: false });
    if (!page) return undefined;
    const { messages, complete, reached } = page;
    const [before] = (await this.#read(logged, { end: start - 1, max: 1, fromEnd: true }))?.messages ?? [];
    const [later] = (await this.#read(logged, { start: end + 1, max: 1, fromEnd: false }))?.messages ?? [];
    return {
      messages,
      next: complete ? undefined : (reached ?? messages.at(-1)?.stanzaId),
      dayBefore: before && dayOf(before.at),
      dayAfter: later && dayOf(later.at),
      elsewhere: await this.#nicksOf(logged, repliedElsewhere(messages)),
    };
  }

  /** Reads the latest message. */
  async latest(logged: LoggedRoom): Promise<ArchivedMessage | undefined> {
    return (await this.#read(logged, { max: 1, fromEnd: true }))?.messages[0];
  }

  /** Finds the day of a message, and the message after which the page with it begins; undefined if the log does not have it. */
  async find(
    logged: LoggedRoom,
    id: string,
  ): Promise<{ readonly day: string; readonly after: string | undefined } | undefined> {
    const [message] = (await this.#read(logged, { ids: [id], max: 1, fromEnd: false }))?.messages ?? [];
    if (!message) return undefined;
    const day = dayOf(message.at);
    const first = await this.#read(logged, {
      ...{ start: startOfDay(day), end: endOfDay(day), max: PAGE_SIZE, fromEnd: false },
    });
    if (first?.messages.some(({ stanzaId }) => stanzaId === id)) return { day, after: undefined };
    const before = { start: startOfDay(day), beforeIds: [id], max: 1, fromEnd: true };
    return { day, after: (await this.#read(logged, before))?.messages[0]?.stanzaId };
  }

  /** Searches for words, newest first; undefined if the message `before` is not in the log. */
  async search(
    logged: LoggedRoom,
    words: string,
    before: string | undefined,
  ): Promise<FoundPage | undefined> {
    const beforeIds = before === undefined ? [] : [before];
    const page = await this.#read(logged, { words, beforeIds, max: SEARCH_SIZE, fromEnd: true });
    if (!page) return undefined;
    const next = page.complete ? undefined : (page.reached ?? page.messages[0]?.stanzaId);
    return { messages: page.messages.toReversed(), next };
  }

  /** Reads the latest messages, oldest first. */
  async feed(logged: LoggedRoom): Promise<readonly ArchivedMessage[]> {
    return (await this.#read(logged, { max: FEED_SIZE, fromEnd: true }))?.messages ?? [];
  }

  /** Finds who wrote messages. All have to be in the archive: ids are what clients have sent. */
  async #nicksOf(logged: LoggedRoom, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const wanted = ids.slice(0, MOST_REPLIED);
    const found = await this.#read(logged, { ids: wanted, max: MOST_REPLIED, fromEnd: false });
    return new Map(found?.messages.map(({ stanzaId, nick }) => [stanzaId, nick]));
  }

  /** Reads from the log only. If the log ends or begins anew meanwhile, nothing of it is found. */
  async #read({ room, since }: LoggedRoom, filter: Filter): Promise<ArchivePage | undefined> {
    const start = Math.max(since, filter.start ?? 0);
    const query = { afterIds: [], beforeIds: [], ...filter, start };
    const page = await this.#records.readArchive(room.node, query);
    if ((await this.logged(room.node))?.since !== since) return undefined;
    return page && { ...page, messages: page.messages.filter(({ at }) => at >= start) };
  }
}

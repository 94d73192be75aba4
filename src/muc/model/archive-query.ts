import type { ArchivedMessage } from "./journal.ts";

/** What is asked for beside what was said to all: presence, and private messages that a user (bare JID) has sent or got. */
export interface ExtrasQuery {
  readonly presence: boolean;
  readonly privateOf: string | undefined;
}

/** Which messages of a room are asked for (XEP-0313 section 4, XEP-0431, XEP-0059). Limits that are not given do not limit. */
export interface ArchiveQuery {
  /** Milliseconds since 1970, both inclusive. */
  readonly start?: number;
  readonly end?: number;
  /** Of this nickname, or of this real bare or full JID. */
  readonly nick?: string;
  readonly jid?: string;
  /** Stanza-ids, exclusive; they have to be in the archive. */
  readonly afterIds: readonly string[];
  readonly beforeIds: readonly string[];
  /** These alone; they have to be in the archive. */
  readonly ids?: readonly string[];
  /** Words that have to be in the text. */
  readonly words?: string;
  /** What else than was said to all; nothing unless it is given. */
  readonly extras?: ExtrasQuery | "all";
  /** The most messages of a page: the first that match, or the last. */
  readonly max: number;
  readonly fromEnd: boolean;
}

/** Whether a query asks for everything, in pages or not. */
export function isUnfiltered(query: ArchiveQuery): boolean {
  const { start, end, nick, jid, ids, words, extras, afterIds, beforeIds } = query;
  const isLimited = [start, end, nick, jid, ids, words, extras].some((limit) => limit !== undefined);
  return !isLimited && afterIds.length === 0 && beforeIds.length === 0;
}

/** A page ends with the message that makes it so large, in bytes of payload and text; it has one message at least. */
export const PAGE_BYTES = 524_288;

/** The most messages of a room that are looked at for one page of a query whose matches no index finds. */
export const MOST_LOOKED_AT = 10_000;

/** Whether messages have to be looked at that do not match. */
export function isSifted({ words, jid, nick, start, end, extras }: ArchiveQuery): boolean {
  const isLimited = nick !== undefined || start !== undefined || end !== undefined;
  return words !== undefined || jid?.includes("/") === true || (extras !== undefined && isLimited);
}

/** A page of an archive. It may have fewer messages than were asked for, as large ones end it, and long searches do. */
export interface ArchivePage {
  /** Oldest first. */
  readonly messages: readonly ArchivedMessage[];
  /** Whether nothing more matches in the direction of the query. */
  readonly complete: boolean;
  /** Where nothing was found yet: the stanza-id from which the next page goes on. */
  readonly reached?: string;
}

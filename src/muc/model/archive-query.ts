import type { ArchivedMessage } from "./journal.ts";

/** Archive extras that a query includes: presence, and the private messages sent or received by a user (bare JID). */
export interface ExtrasQuery {
  readonly presence: boolean;
  readonly privateOf: string | undefined;
}

/** A query of a room's archive (XEP-0313 section 4, XEP-0431, XEP-0059). A missing filter matches everything. */
export interface ArchiveQuery {
  /** Milliseconds since 1970, both inclusive. */
  readonly start?: number;
  readonly end?: number;
  /** The sender's nickname, or real bare or full JID. */
  readonly nick?: string;
  readonly jid?: string;
  /** Stanza ids, exclusive; they must be in the archive. */
  readonly afterIds: readonly string[];
  readonly beforeIds: readonly string[];
  /** Stanza ids of the wanted messages; they must be in the archive. */
  readonly ids?: readonly string[];
  /** Words that the text must contain. */
  readonly words?: string;
  /** Archive extras to include; none by default. */
  readonly extras?: ExtrasQuery | "all";
  /** Maximum number of messages of a page: the first matches, or the last ones if `fromEnd`. */
  readonly max: number;
  readonly fromEnd: boolean;
}

/** Returns true if a query has no filter. Its page size does not matter. */
export function isUnfiltered(query: ArchiveQuery): boolean {
  const { start, end, nick, jid, ids, words, extras, afterIds, beforeIds } = query;
  const isFiltered = [start, end, nick, jid, ids, words, extras].some((filter) => filter !== undefined);
  return !isFiltered && afterIds.length === 0 && beforeIds.length === 0;
}

/** Size limit of a page, in bytes of payload and text. The message that reaches it is the last one of the page. */
export const PAGE_BYTES = 524_288;

/** Maximum number of messages that are scanned for one page of a query that no index covers. */
export const MAX_SCANNED = 10_000;

/** Returns true if no index covers a query, so that it scans messages that do not match. */
export function needsScan({ words, jid, nick, start, end, extras }: ArchiveQuery): boolean {
  const isFiltered = nick !== undefined || start !== undefined || end !== undefined;
  return words !== undefined || jid?.includes("/") === true || (extras !== undefined && isFiltered);
}

/** A page of an archive. The limits of size and of scanning may end it before it has `max` messages. */
export interface ArchivePage {
  /** Oldest first. */
  readonly messages: readonly ArchivedMessage[];
  /** True if no more messages match in the direction of the query. */
  readonly complete: boolean;
  /** Stanza id from which the next page continues, if the scan has ended before it found a match. */
  readonly reached?: string;
}

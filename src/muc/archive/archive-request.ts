// Requests to a room's archive (XEP-0313): queries in pages (XEP-0059), their form, and metadata.
import { child, type Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { accountOf, type Jid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { type PageRequest, readPageRequest, writeSet } from "../../xmpp/result-set.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { type ArchivePage, type ArchiveQuery, isUnfiltered } from "../model/archive-query.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { type IqOutcome, read, result } from "../model/outcome.ts";
import { type Awaitable, type Records, whenReady } from "../model/records.ts";
import { MAX_BYTES } from "../model/size-limits.ts";
import { readsArchive, realJidsSince, seesPastPresence } from "../permissions/visibility.ts";
import type { Room } from "../room/room.ts";
import { type ArchiveFilter, archiveForm, readArchiveForm } from "./archive-form.ts";
import { writeResult } from "./archive-result.ts";

/** Features of a room with an archive (section 7, XEP-0431 section 2.1). */
export const ARCHIVE_FEATURES: readonly string[] = [NS.mam, `${NS.mam}#extended`, NS.fulltext];

/** Messages of a page if the query does not say how many. */
const USUAL_PAGE = 50;

/** Maximum number of messages that are counted for a query with filters. */
const MOST_COUNTED = 20_000;

const NO_ARCHIVE = errors.serviceUnavailable(say`This room has no archive`);
const NOT_FOUND = errors.itemNotFound(say`The archive has no message with this id`);

/** Answers a set or get of `query` (messages or their form), or a get of `metadata`. */
export function handleArchiveRequest(room: Room, stanza: Stanza, request: Element): IqOutcome {
  const refusal = refuseReader(room, stanza.from);
  if (refusal) return refuse(refusal);
  if (request.attrs.node !== undefined)
    return refuse(errors.itemNotFound(say`Archives of rooms have no nodes`));
  switch (`${stanza.type} ${request.getName()}`) {
    case "get query":
      return result(tag("query", { xmlns: NS.mam }, archiveForm(room.environment.archive)));
    case "set query":
      return queryArchive(room, stanza, request);
    case "get metadata":
      return describeArchive(room, stanza.from);
    default:
      return refuse(errors.badRequest(say`Archives support only queries, their form and metadata`));
  }
}

/** Section 8.1: refuses users who may not read the archive, without revealing if there is one. */
function refuseReader(room: Room, reader: Jid): StanzaError | undefined {
  if (room.closed) return errors.itemNotFound(say`There is no such room`);
  if (!readsArchive(room, reader)) return errors.forbidden(say`You may not read the archive of this room`);
  return room.config.archiving ? undefined : NO_ARCHIVE;
}

function refuseExtras(room: Room, reader: Jid, { withPresence }: ArchiveFilter): StanzaError | undefined {
  return withPresence && !seesPastPresence(room, reader)
    ? errors.forbidden(say`Only occupants and affiliated users may query presence`)
    : undefined;
}

function queryArchive(room: Room, { from }: Stanza, request: Element): IqOutcome {
  // Every result repeats the id.
  if (escapedBytes(request.attrs.queryid ?? "") > MAX_BYTES.token)
    return refuse(errors.badRequest(say`A query id may have at most ${MAX_BYTES.token} bytes`));
  const { archivePage } = room.environment.limits;
  const paged = readPageRequest(request, archivePage, Math.min(USUAL_PAGE, archivePage));
  if (paged.kind === "refused") return paged;
  const page = paged.value;
  if (page.index !== undefined)
    return refuse(errors.featureNotImplemented(say`Archives do not support index`));
  const form = readArchiveForm(request, room.environment.archive);
  if (form.kind === "refused") return form;
  const filter = form.value;
  if ((filter.ids?.length ?? 0) > archivePage)
    return refuse(errors.notAcceptable(say`At most ${archivePage} ids at a time`));
  const refusal = refuseExtras(room, from, filter);
  if (refusal) return refuse(refusal);
  const unpaged = toArchiveQuery(room, from, filter, page);
  if (unpaged.kind === "refused") return unpaged;
  const all = unpaged.value;
  const query = onPage(all, page);
  return read((records) =>
    whenReady(records.readArchive(room.node, query), (found) =>
      whenReady(found && countAll(room, records, all, page, found), (count) => {
        const refusal =
          refuseReader(room, from) ?? refuseExtras(room, from, filter) ?? (found ? undefined : NOT_FOUND);
        if (refusal || !found) return refuse(refusal ?? NOT_FOUND);
        const results = writeResults(room, from, request.attrs.queryid, found.messages);
        const isFlipped = child(request, "flip-page", NS.mam) !== undefined;
        return result(writeFin(query, page, found, count), isFlipped ? results.toReversed() : results);
      }),
    ),
  );
}

/**
 * Counts the messages that match, on all pages (XEP-0059 section 2.6). With filters it counts only if the page has them
 * all, or if the query asks for nothing but the count.
 */
function countAll(
  room: Room,
  records: Records,
  filter: ArchiveQuery,
  { max, after, before }: PageRequest,
  { messages, complete }: ArchivePage,
): Awaitable<number | undefined> {
  if (complete && after === undefined && !before) return messages.length;
  return max === 0 || isUnfiltered(filter)
    ? records.countArchive(room.node, filter, MOST_COUNTED)
    : undefined;
}

/** Section 4.1.1: builds the query. Readers filter by the real JIDs that they see, and always by their own. */
function toArchiveQuery(
  room: Room,
  reader: Jid,
  { with: jid, afterId, beforeId, withPrivate, withPresence, ...filter }: ArchiveFilter,
  { max, before }: PageRequest,
): Result<ArchiveQuery> {
  const query: ArchiveQuery = {
    ...filter,
    ...((withPrivate || withPresence) && {
      extras: { presence: withPresence, privateOf: withPrivate ? reader.bare : undefined },
    }),
    afterIds: afterId === undefined ? [] : [afterId],
    beforeIds: beforeId === undefined ? [] : [beforeId],
    max,
    fromEnd: before !== undefined,
  };
  if (jid === undefined || jid.full === room.address) return ok(query);
  if (jid.bare === accountOf(room.address)) return ok({ ...query, nick: jid.resource ?? "" });
  if (jid.bare === reader.bare) return ok({ ...query, jid: jid.full });
  const since = realJidsSince(room, reader);
  if (since === undefined) return refuse(errors.forbidden(say`You may not see real addresses in this room`));
  return ok({ ...query, jid: jid.full, start: Math.max(since, query.start ?? since) });
}

/** Limits a query to the messages after or before those that the page follows or precedes. */
function onPage(query: ArchiveQuery, { after, before }: PageRequest): ArchiveQuery {
  return {
    ...query,
    afterIds: after === undefined ? query.afterIds : [...query.afterIds, after],
    beforeIds: before ? [...query.beforeIds, before] : query.beforeIds,
  };
}

function writeResults(
  room: Room,
  reader: Jid,
  queryId: string | undefined,
  messages: readonly ArchivedMessage[],
): string[] {
  const since = realJidsSince(room, reader);
  return messages.map((message) => {
    const showsJid = since !== undefined && message.at >= since;
    return writeResult(room, message, { to: reader.full, queryId, showsJid });
  });
}

/** Writes the end of the results. */
function writeFin(
  { fromEnd }: ArchiveQuery,
  { after }: PageRequest,
  page: ArchivePage,
  count: number | undefined,
): string {
  const { messages, complete, reached } = page;
  const isFromStart = after === undefined && reached === undefined && (fromEnd ? complete : true);
  // A page without messages also says where the next one begins.
  const uids = reached === undefined ? messages.map(({ stanzaId }) => stanzaId) : [reached];
  const set = writeSet(uids, isFromStart ? 0 : undefined, count);
  return tag("fin", { xmlns: NS.mam, complete: complete ? "true" : undefined }, set);
}

/** Section 5: answers with the first and the last message. */
function describeArchive(room: Room, reader: Jid): IqOutcome {
  const one = { afterIds: [], beforeIds: [], max: 1 };
  return read((records) =>
    whenReady(records.readArchive(room.node, { ...one, fromEnd: false }), (first) =>
      whenReady(records.readArchive(room.node, { ...one, fromEnd: true }), (last) => {
        const refusal = refuseReader(room, reader);
        if (refusal) return refuse(refusal);
        const [start, end] = [first?.messages[0], last?.messages[0]];
        const ends = start && end ? writeEnd("start", start) + writeEnd("end", end) : "";
        return result(tag("metadata", { xmlns: NS.mam }, ends));
      }),
    ),
  );
}

const writeEnd = (name: string, { stanzaId, at }: ArchivedMessage): string =>
  tag(name, { id: stanzaId, timestamp: new Date(at).toISOString() });

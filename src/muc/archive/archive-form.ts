// The form of archive queries: filters for messages (XEP-0313 section 4.1, XEP-0431 section 3.1).
import { type FormField, parseBoolean, readForm, writeForm } from "../../xmpp/data-form.ts";
import { parseDateTime } from "../../xmpp/date-time.ts";
import { child, type Element } from "../../xmpp/element.ts";
import { type Jid, parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import type { ArchiveQuery } from "../model/archive-query.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";

const WORDS = `{${NS.fulltext}}fulltext`;

/** Fields of this service (XEP-0068 section 3.3): results with the reader's private messages, or with presence. */
const PRIVATE = `{${NS.archive}}private-messages`;
const PRESENCE = `{${NS.archive}}presence`;

/** Maximum number of words of a search: each costs a walk through the index. */
const MOST_WORDS = 20;

type ArchiveSettings = RoomEnvironment["archive"];

/** Writes the form with the fields that a query may have (section 4.1.5). */
export const archiveForm = (settings: ArchiveSettings): string =>
  writeForm({ type: "form", formType: NS.mam }, [...FIELDS, ...extraFields(settings)], undefined);

const FIELDS: readonly FormField[] = [
  { var: "with", type: "jid-single" },
  { var: "start", type: "text-single" },
  { var: "end", type: "text-single" },
  { var: "before-id", type: "text-single" },
  { var: "after-id", type: "text-single" },
  { var: "ids", type: "list-multi", isOpen: true },
  { var: WORDS, type: "text-single" },
];

const extraFields = ({ privateMessages, presence }: ArchiveSettings): FormField[] => [
  ...(privateMessages ? [{ var: PRIVATE, type: "boolean" } as const] : []),
  ...(presence ? [{ var: PRESENCE, type: "boolean" } as const] : []),
];

/** Returns true for a query that searches for words (XEP-0431). */
export const isWordSearch = (query: Element): boolean => readForm(query, NS.mam)?.fields.has(WORDS) === true;

/** The filters of a form. `with` is the address as it was given: of an occupant, or a real one. */
export interface ArchiveFilter extends Pick<ArchiveQuery, "start" | "end" | "ids" | "words"> {
  readonly with?: Jid;
  readonly afterId?: string;
  readonly beforeId?: string;
  readonly withPrivate: boolean;
  readonly withPresence: boolean;
}

const EVERYTHING: ArchiveFilter = { withPrivate: false, withPresence: false };

/**
 * Reads the form of a query; a query without a form asks for all messages. Empty fields are ignored. Errors:
 * feature-not-implemented for unknown fields (section 4.1.5), not-acceptable for too many words, else bad-request.
 */
export function readArchiveForm(query: Element, settings: ArchiveSettings): Result<ArchiveFilter> {
  if (!child(query, "x", NS.dataForms)) return ok(EVERYTHING);
  const form = readForm(query, NS.mam);
  if (form?.type !== "submit")
    return refuse(errors.badRequest(say`A query needs a submitted form with the FORM_TYPE of archives`));
  const known = ["FORM_TYPE", ...[...FIELDS, ...extraFields(settings)].map((field) => field.var)];
  const unknown = [...form.fields.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined)
    return refuse(errors.featureNotImplemented(say`This archive has no field ${unknown}`));
  const textOf = (name: string): string | undefined => form.fields.get(name)?.[0]?.trim() || undefined;
  const times = readTimes(textOf("start"), textOf("end"));
  if (times === undefined)
    return refuse(errors.badRequest(say`start and end must be dates and times (XEP-0082)`));
  const [address, afterId, beforeId, words] = ["with", "after-id", "before-id", WORDS].map(textOf);
  if (words !== undefined && countWords(words) > MOST_WORDS)
    return refuse(errors.notAcceptable(say`A search may have at most ${MOST_WORDS} words`));
  const jid = address === undefined ? undefined : parseJid(address);
  if (address !== undefined && jid === undefined)
    return refuse(errors.badRequest(say`with must be an address`));
  const [withPrivate, withPresence] = [PRIVATE, PRESENCE].map((name) => parseBoolean(textOf(name) ?? "0"));
  if (withPrivate === undefined || withPresence === undefined)
    return refuse(errors.badRequest(say`The fields for private messages and presence must be true or false`));
  const ids = new Set((form.fields.get("ids") ?? []).filter((id) => id !== ""));
  return ok({
    ...times,
    withPrivate,
    withPresence,
    ...(jid && { with: jid }),
    ...(afterId !== undefined && { afterId }),
    ...(beforeId !== undefined && { beforeId }),
    ...(ids.size > 0 && { ids: [...ids] }),
    ...(words !== undefined && { words }),
  });
}

/** Counts the words as an index may split them: at spaces, or at all that is no letter or digit. */
const countWords = (text: string): number =>
  Math.max(text.split(/\s+/).length, text.match(/[\p{L}\p{M}\p{N}\p{Co}]+/gu)?.length ?? 0);

/** Returns undefined if one of them is no time. */
function readTimes(start: string | undefined, end: string | undefined) {
  const [from, to] = [start, end].map((text) => (text === undefined ? undefined : parseDateTime(text)));
  if ((start !== undefined && from === undefined) || (end !== undefined && to === undefined))
    return undefined;
  return { ...(from !== undefined && { start: from }), ...(to !== undefined && { end: to }) };
}

// Lists of muc#admin: the users with a role or an affiliation (XEP-0045 sections 8.5, 9.2, 9.5, 9.8, 10.5, 10.8 and
// 17.4).
import { child, type Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { fitting } from "../../xmpp/parts.ts";
import { refuse } from "../../xmpp/result.ts";
import { compareTexts, pageOf } from "../../xmpp/result-set.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { type Affiliation, parseAffiliation, parseRole, type Role } from "../model/affiliation.ts";
import type { AffiliationRecord } from "../model/journal.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import { reasonTag } from "../model/reason.ts";
import { listBytes } from "../model/size-limits.ts";
import { mayReadAffiliationList, mayReadRoleList } from "../permissions/privileges.ts";
import { affiliatedAs } from "../room/affiliated.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";

/** Answers a get of muc#admin. Its only item names an affiliation or a role. */
export function listAnswer(room: Room, stanza: Stanza, query: Element, items: readonly Element[]): IqOutcome {
  const { affiliation, role } = items[0]?.attrs ?? {};
  if (items.length === 1) {
    if (role === undefined) return affiliated(room, stanza, query, parseAffiliation(affiliation));
    if (affiliation === undefined) return occupants(room, stanza, query, parseRole(role));
  }
  return refuse(errors.badRequest(say`A list request needs one affiliation or one role`));
}

function affiliated(
  room: Room,
  stanza: Stanza,
  query: Element,
  affiliation: Affiliation | undefined,
): IqOutcome {
  if (affiliation === undefined || affiliation === "none")
    return refuse(errors.badRequest(say`This affiliation has no list`));
  if (!mayReadAffiliationList(room, stanza.from.bare, affiliation))
    return refuse(errors.forbidden(say`You may not read this list`));
  const records = affiliatedAs(room, affiliation);
  return answer(room, query, records, { uid: ({ jid }) => jid, write: writeRecord });
}

function occupants(room: Room, stanza: Stanza, query: Element, role: Role | undefined): IqOutcome {
  if (role === undefined || role === "none") return refuse(errors.badRequest(say`This role has no list`));
  if (!mayReadRoleList(room, stanza.from.bare, role))
    return refuse(errors.forbidden(say`You may not read this list`));
  const found = [...room.occupants.values()].filter((occupant) => occupant.role === role);
  return answer(room, query, found, { uid: ({ nick }) => nick, write: writeOccupant });
}

/**
 * Answers with a list, or with a page of it (XEP-0059) if the query requests one or the list does not fit into a
 * stanza. Pages are sorted, so that each shows where the next one starts.
 */
function answer<T>(
  room: Room,
  query: Element,
  list: readonly T[],
  { uid, write }: { uid(item: T): string; write(item: T): string },
): IqOutcome {
  const bytes = listBytes(room.environment);
  const isPageRequested = child(query, "set", NS.rsm) !== undefined;
  const shown = isPageRequested ? [] : fitting(list, write, bytes);
  if (!isPageRequested && shown.length === list.length)
    return listResult(shown.map(({ text }) => text).join(""));
  const sorted = list.toSorted((a, b) => compareTexts(uid(a), uid(b)));
  const order = { uid, place: (text: string) => (item: T) => compareTexts(uid(item), text) };
  const page = pageOf(query, sorted, order, { write, most: list.length, bytes });
  return page.kind === "refused" ? page : listResult(page.value.items + page.value.set);
}

const listResult = (content: string): IqOutcome => result(tag("query", { xmlns: NS.mucAdmin }, content));

function writeRecord({ affiliation, jid, nick, reason }: AffiliationRecord): string {
  return tag("item", { affiliation, jid, nick }, reasonTag(reason));
}

function writeOccupant(occupant: Occupant): string {
  const { affiliation, role, nick } = occupant;
  return tag("item", { affiliation, role, nick, jid: leadingSession(occupant).jid });
}

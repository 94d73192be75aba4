// The lists of muc#admin: who has a role or an affiliation (XEP-0045 sections 8.5, 9.2, 9.5, 9.8, 10.5, 10.8 and 17.4).
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { type Affiliation, parseAffiliation, parseRole, type Role } from "./affiliation.ts";
import { type IqAnswer, refuse, result } from "./iq-answer.ts";
import type { AffiliationRecord } from "./journal.ts";
import { leadingSession, type Occupant } from "./occupant.ts";
import { mayReadAffiliationList, mayReadRoleList } from "./privileges.ts";
import type { Room } from "./room.ts";

/** Answers a get of muc#admin, whose one item names an affiliation or a role. */
export function listAnswer(room: Room, stanza: Stanza, items: readonly Element[]): IqAnswer {
  const { affiliation, role } = items[0]?.attrs ?? {};
  if (items.length === 1) {
    if (role === undefined) return affiliated(room, stanza, parseAffiliation(affiliation));
    if (affiliation === undefined) return occupants(room, stanza, parseRole(role));
  }
  return refuse(errors.badRequest("A list is asked for by one affiliation or one role"));
}

function affiliated(room: Room, stanza: Stanza, affiliation: Affiliation | undefined): IqAnswer {
  if (affiliation === undefined || affiliation === "none")
    return refuse(errors.badRequest("There is no list of this affiliation"));
  if (!mayReadAffiliationList(room, stanza.from.bare, affiliation))
    return refuse(errors.forbidden("You may not read this list"));
  const records = [...room.affiliations.values()].filter((record) => record.affiliation === affiliation);
  return answer(records.map(writeRecord));
}

function occupants(room: Room, stanza: Stanza, role: Role | undefined): IqAnswer {
  if (role === undefined || role === "none")
    return refuse(errors.badRequest("There is no list of this role"));
  if (!mayReadRoleList(room, stanza.from.bare, role))
    return refuse(errors.forbidden("You may not read this list"));
  return answer([...room.occupants.values()].filter((found) => found.role === role).map(writeOccupant));
}

const answer = (items: readonly string[]): IqAnswer =>
  result(tag("query", { xmlns: NS.mucAdmin }, items.join("")));

function writeRecord({ affiliation, jid, nick, reason }: AffiliationRecord): string {
  return tag("item", { affiliation, jid, nick }, reason ? textTag("reason", reason) : "");
}

function writeOccupant(occupant: Occupant): string {
  const { affiliation, role, nick } = occupant;
  return tag("item", { affiliation, role, nick, jid: leadingSession(occupant).jid });
}

// Registration with a room: membership and a reserved nickname (XEP-0045 section 7.10, XEP-0077).
import { type FormField, readForm, writeForm } from "../../xmpp/data-form.ts";
import { child, type Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { applyAffiliation } from "../affiliations/affiliation-change.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import { MAX_BYTES } from "../model/size-limits.ts";
import { readGivenNickname, refuseReservation } from "../permissions/nickname.ts";
import { needsApproval, refuseRegistration } from "../permissions/privileges.ts";
import { findRequest, forgetRequest } from "../room/pending-registrations.ts";
import type { Room } from "../room/room.ts";
import { registerMember } from "./register-member.ts";
import { PERSONAL_FIELDS, ROOM_NICK, requestRegistration } from "./registration-request.ts";

/** Answers a get or set of jabber:iq:register sent to the room. */
export function handleRegistration(room: Room, stanza: Stanza, query: Element): IqOutcome {
  const { bare } = stanza.from;
  if (stanza.type === "set" && child(query, "remove", NS.register)) {
    const isAlone = query.getChildElements().length === 1;
    return isAlone
      ? unregister(room, bare)
      : refuse(errors.badRequest(say`remove must be the only element in the query`));
  }
  const refusal = refuseRegistration(room, room.affiliationOf(bare));
  if (refusal) return refuse(refusal);
  return stanza.type === "get" ? offerForm(room, stanza) : register(room, bare, query);
}

function offerForm(room: Room, stanza: Stanza): IqOutcome {
  const bareJid = stanza.from.bare;
  const nick = room.affiliations.get(bareJid)?.nick;
  const registered = nick === undefined ? "" : tag("registered") + textTag("username", nick);
  const isApprovalNeeded = needsApproval(room, room.affiliationOf(bareJid));
  const pending = isApprovalNeeded ? findRequest(room, bareJid) : undefined;
  const shown = nick ?? pending?.nick;
  const nickField: FormField = {
    var: ROOM_NICK,
    type: "text-single",
    label: say`Nickname`,
    required: true,
    ...(shown === undefined ? {} : { values: [shown] }),
  };
  const personal = isApprovalNeeded
    ? PERSONAL_FIELDS.map((field) => ({
        ...field,
        desc: say`At most ${MAX_BYTES.registrationAnswer} bytes`,
        values: pending?.told[field.var] ?? [],
      }))
    : [];
  const head = { type: "form", formType: NS.mucRegister, title: say`Registration with the room` } as const;
  const form = isApprovalNeeded
    ? { ...head, instructions: pending ? APPROVAL_PENDING : APPROVAL_NEEDED }
    : head;
  return result(
    tag(
      "query",
      { xmlns: NS.register },
      registered + writeForm(form, [nickField, ...personal], stanza.language),
    ),
  );
}

const APPROVAL_NEEDED = say`The admins of the room will decide on your registration. They see what you enter here.`;
const APPROVAL_PENDING = say`Your registration is waiting for a decision by the admins of the room.`;

function register(room: Room, bareJid: string, query: Element): IqOutcome {
  const form = readForm(query, NS.mucRegister);
  if (form?.type === "cancel") return result();
  const text = form?.fields.get(ROOM_NICK)?.[0];
  if (text === undefined) return refuse(errors.badRequest(say`The form needs muc#register_roomnick`));
  const given = readGivenNickname(room, text);
  if (given.kind === "refused") return given;
  const nick = given.value;
  const refusal = refuseReservation(room, bareJid, nick);
  if (refusal) return refuse(refusal);
  if (needsApproval(room, room.affiliationOf(bareJid))) {
    const refused = requestRegistration(room, bareJid, nick, form?.fields ?? new Map());
    return refused ? refuse(refused) : result();
  }
  registerMember(room, bareJid, nick);
  return result();
}

/**
 * Cancels a registration (XEP-0077 section 3.2): releases the nickname and ends membership. Admins and owners keep their
 * affiliation.
 */
function unregister(room: Room, bareJid: string): IqOutcome {
  const record = room.affiliations.get(bareJid);
  const isMember = record?.affiliation === "member";
  if (forgetRequest(room, bareJid) && !record) return result();
  if (!record || record.affiliation === "outcast" || (!isMember && record.nick === undefined)) {
    return refuse(errors.registrationRequired(say`You are not registered with this room`));
  }
  const affiliation = isMember ? "none" : record.affiliation;
  applyAffiliation(room, bareJid, { affiliation, nick: null, reason: record.reason, by: bareJid });
  return result();
}

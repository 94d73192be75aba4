// Admins approve and deny registrations (XEP-0045 section 9.9).
import { parseBoolean, readForm, type SubmittedForm } from "../../xmpp/data-form.ts";
import { parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { bodyTag, tag } from "../../xmpp/tag.ts";
import { say, type Text } from "../../xmpp/text.ts";
import { isAdmin } from "../model/affiliation.ts";
import { type DeliveryOutcome, DONE, UNHANDLED, type Unhandled } from "../model/outcome.ts";
import { writeStatuses } from "../model/status-tags.ts";
import { refuseReservation } from "../permissions/nickname.ts";
import { actorOf } from "../room/actor.ts";
import { languageOfUser } from "../room/client-language.ts";
import { findRequest, forgetRequest, type RegistrationRequest } from "../room/pending-registrations.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { inviteNewMember } from "./invitation.ts";
import { registerMember } from "./register-member.ts";
import { ALLOW, APPLICANT } from "./registration-request.ts";

/** Handles an admin's decision, a muc#register form in a message. A cancelled form leaves the request pending. */
export function handleRegistrationDecision(room: Room, stanza: Stanza): DeliveryOutcome | Unhandled {
  const form = readForm(stanza.element, NS.mucRegister);
  if (form?.fields.get("FORM_TYPE")?.[0] !== NS.mucRegister) return UNHANDLED;
  if (!isAdmin(room.affiliationOf(stanza.from.bare)))
    return refuse(errors.forbidden(say`Only admins may decide on registrations`));
  return form.type === "cancel" ? DONE : decide(room, stanza, form);
}

function decide(room: Room, stanza: Stanza, { fields }: SubmittedForm): DeliveryOutcome {
  const allow = parseBoolean(fields.get(ALLOW)?.[0]);
  const jid = parseJid(fields.get(APPLICANT)?.[0] ?? "")?.bare;
  if (allow === undefined || jid === undefined)
    return refuse(errors.badRequest(say`A decision needs ${ALLOW}, true or false, and ${APPLICANT}`));
  const request = findRequest(room, jid);
  if (!request) return refuse(errors.itemNotFound(say`This registration was already decided or withdrawn`));
  if (allow) return approve(room, stanza, request);
  forgetRequest(room, jid);
  recordAct(room, { kind: "registration-denied", by: stanza.from.bare, target: jid });
  notifyApplicant(room, jid, (name) => say`Your registration with ${name} was not approved.`);
  return DONE;
}

/** Approves a request after new checks. The request stays pending if the nickname has been taken since. */
function approve(room: Room, stanza: Stanza, { jid, nick }: RegistrationRequest): DeliveryOutcome {
  const before = room.affiliationOf(jid);
  if (before === "outcast") return refuse(errors.notAllowed(say`This user has been banned from the room`));
  const refusal = refuseReservation(room, jid, nick);
  if (refusal) return refuse(refusal);
  const actor = actorOf(room, stanza.from);
  registerMember(room, jid, nick, actor);
  notifyApplicant(room, jid, (name) => say`Your registration with ${name} was approved.`);
  if (before === "none" && room.config.membersOnly) inviteNewMember(room, jid, actor, undefined);
  return DONE;
}

/**
 * Tells the applicant the decision, also outside the room. Status 101 goes with an affiliation that changed (section 16.6).
 */
function notifyApplicant(room: Room, jid: string, outcome: (name: string) => Text): void {
  const affiliation = room.affiliations.get(jid)?.affiliation;
  const change =
    affiliation === undefined
      ? ""
      : tag("x", { xmlns: NS.mucUser }, tag("item", { affiliation }) + writeStatuses([101]));
  const body = bodyTag(outcome(room.config.name || room.address), languageOfUser(room, jid));
  const attributes = { from: room.address, to: jid, id: room.environment.newId() };
  room.effects.send(tag("message", attributes, body + change));
}

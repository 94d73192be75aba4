// Visitors ask for voice and moderators grant it (XEP-0045 sections 7.13 and 8.6).
import {
  type FormField,
  parseBoolean,
  readForm,
  type SubmittedForm,
  writeForm,
} from "../../xmpp/data-form.ts";
import { parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { openTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { applyRole } from "../affiliations/role-change.ts";
import { type DeliveryOutcome, DONE, UNHANDLED, type Unhandled } from "../model/outcome.ts";
import { maySpeak, refuseRoleChange, refuseVoiceRequest } from "../permissions/privileges.ts";
import { isHeard } from "../permissions/visibility.ts";
import { actorOf } from "../room/actor.ts";
import { byLanguage } from "../room/client-language.ts";
import type { Occupant } from "../room/occupant.ts";
import { forgetVoiceRequest, recipientsOf, rememberVoiceRequest } from "../room/pending-voice-requests.ts";
import type { Room } from "../room/room.ts";

/** Handles a form of muc#request: a visitor's request, or a moderator's answer to one. */
export function handleVoiceRequest(room: Room, stanza: Stanza): DeliveryOutcome | Unhandled {
  const form = readForm(stanza.element, NS.mucRequest);
  const formType = form?.fields.get("FORM_TYPE")?.[0];
  if (!form || (formType !== undefined && formType !== NS.mucRequest)) return UNHANDLED;
  const sender = room.sessions.get(stanza.from.full);
  if (!sender) return refuse(errors.notAcceptable(say`You are not in this room`));
  // A cancelled form leaves the request unanswered (section 8.6). It carries no fields (XEP-0004).
  if (form.type === "cancel") return DONE;
  if (formType === undefined) return UNHANDLED;
  const [role] = form.fields.get("muc#role") ?? [];
  const isAnswer = form.fields.has("muc#request_allow");
  if (role === undefined ? !isAnswer : role !== "participant") {
    return refuse(errors.badRequest(say`A voice request must be for the role participant`));
  }
  return isAnswer ? answer(room, sender, stanza, form) : request(room, sender, stanza);
}

/** Forwards a request to the moderators (section 7.13). Clients that still have it unanswered do not get it again. */
function request(room: Room, visitor: Occupant, stanza: Stanza): DeliveryOutcome {
  const refusal = refuseVoiceRequest(room, visitor);
  if (refusal) return refuse(refusal);
  const moderators = [...room.occupants.values()].filter((occupant) => occupant.role === "moderator");
  const sessions = moderators.flatMap((occupant) => [...occupant.sessions.keys()]);
  if (sessions.length === 0)
    return refuse(errors.recipientUnavailable(say`No moderator is present. Try again later`));
  const alreadyAsked = recipientsOf(room, visitor);
  const id = room.environment.newId();
  const head = openTag("message", { from: room.address, id });
  const isTold = isHeard(room, visitor.bareJid);
  const to = isTold ? sessions.filter((session) => !alreadyAsked.includes(session)) : [];
  for (const [language, clients] of byLanguage(room, to)) {
    const form = approvalForm(visitor.nick, stanza.from.full, language);
    room.effects.broadcast(head, `">${form}</message>`, clients);
  }
  rememberVoiceRequest(room, visitor, sessions);
  return DONE;
}

/** Writes the form exactly as in the example of section 8.6. Moderators see real JIDs anyway. */
function approvalForm(nick: string, jid: string, language: string | undefined): string {
  const title = say`Voice request`;
  const instructions = say`To approve this request for voice, select the "Grant voice to this person?" checkbox and click OK. To skip this request, click the cancel button.`;
  const fields: readonly FormField[] = [
    { var: "muc#role", type: "list-single", label: say`Requested role`, values: ["participant"] },
    { var: "muc#jid", type: "jid-single", label: say`User ID`, values: [jid] },
    { var: "muc#roomnick", type: "text-single", label: say`Room Nickname`, values: [nick] },
    {
      var: "muc#request_allow",
      type: "boolean",
      label: say`Grant voice to this person?`,
      values: ["false"],
    },
  ];
  return writeForm({ type: "form", formType: NS.mucRequest, title, instructions }, fields, language);
}

/** Handles a moderator's answer (section 8.6). The visitor may have got voice or left since the request. */
function answer(room: Room, moderator: Occupant, stanza: Stanza, { fields }: SubmittedForm): DeliveryOutcome {
  if (moderator.role !== "moderator") return refuse(errors.forbidden(say`Only moderators may grant voice`));
  const [allow, ...more] = (fields.get("muc#request_allow") ?? []).map(parseBoolean);
  if (allow === undefined || more.length > 0) {
    return refuse(errors.badRequest(say`muc#request_allow must be true or false`));
  }
  const visitor = findVisitor(room, fields);
  if (!visitor) return allow ? refuse(errors.itemNotFound(say`The user who requested voice has left`)) : DONE;
  forgetVoiceRequest(room, visitor);
  if (!allow || maySpeak(visitor)) return DONE;
  const refusal = refuseRoleChange(room, moderator.bareJid, visitor, "participant");
  if (refusal) return refuse(refusal);
  applyRole(room, visitor, "participant", { actor: actorOf(room, stanza.from), reason: undefined });
  return DONE;
}

/** Finds the visitor by the address in the form, because another user may have taken the nickname since. */
function findVisitor(room: Room, fields: SubmittedForm["fields"]): Occupant | undefined {
  const [jid] = fields.get("muc#jid") ?? [];
  const [nick] = fields.get("muc#roomnick") ?? [];
  return jid ? room.sessions.get(parseJid(jid)?.full ?? "") : room.occupants.get(nick ?? "");
}

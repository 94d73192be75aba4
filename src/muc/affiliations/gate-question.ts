// The question at the gate: a text that every client shows, with the form of XEP-0158 (sections 3.1.2 and 3.1.3).
import { type FormField, writeForm } from "../../xmpp/data-form.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { inLanguage, say, type Text, verbatim } from "../../xmpp/text.ts";
import { isBehindGate } from "../permissions/gate.ts";
import { languageOfClient } from "../room/client-language.ts";
import type { Occupant } from "../room/occupant.ts";
import { keyedHash } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";
import { tellAlone } from "../room/room-voice.ts";

/** The field of the answer: "qa" is a question that people answer (XEP-0158 section 3.1.2). */
export const ANSWER_FIELD = "qa";
/** The answer to terms, which have no answers of their own. */
export const ACCEPTANCE = "accept";

/** Returns the id of a user's challenge. It needs no memory, and nobody else can make it up. */
export const challengeFor = (room: Room, account: string): string =>
  keyedHash(room, `challenge ${account}`).slice(0, 16);

/** Writes the form of the question, without what names the challenge. */
export const questionField = ({ config }: Room): FormField => ({
  var: ANSWER_FIELD,
  type: "text-single",
  label: verbatim(config.gateQuestion),
  required: true,
});

/** Says what to do with the question. */
export const instructionFor = ({ config }: Room): Text =>
  config.gateAnswers === "" ? say`Write "${ACCEPTANCE}" to accept.` : say`Write the answer.`;

/** Asks a client of an occupant who is behind the gate. `sid`: id of the stanza that caused it, if it had one. */
export function askAtGate(room: Room, occupant: Occupant, client: string, sid?: string): void {
  if (occupant.role !== "visitor" || !isBehindGate(room, occupant.bareJid, occupant.affiliation)) return;
  const id = challengeFor(room, occupant.bareJid);
  const language = languageOfClient(room, client);
  const hidden = (name: string, value: string): FormField => ({ var: name, type: "hidden", values: [value] });
  const form = writeForm(
    { type: "form", formType: NS.captcha, instructions: instructionFor(room) },
    [
      hidden("from", room.occupantAddress(occupant.nick)),
      hidden("challenge", id),
      ...(sid === undefined ? [] : [hidden("sid", sid)]),
      questionField(room),
    ],
    language,
  );
  const hint = say`${instructionFor(room)} Write it here, or use the room's command "Answer the room's question". Only the room reads your answer. You have voice after that.`;
  const text = `${room.config.gateQuestion}\n\n${inLanguage(hint, language)}`;
  tellAlone(room, [client], id, textTag("body", text) + tag("captcha", { xmlns: NS.captcha }, form));
}

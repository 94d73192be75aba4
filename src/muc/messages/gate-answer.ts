// Answers at the gate (XEP-0158 sections 3.1.3 and 3.1.4): by the form, by a message to the room, or by the first message
// of a user without voice, which nobody else gets.
import { readForm } from "../../xmpp/data-form.ts";
import { child, childText, type Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { bodyTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { ACCEPTANCE, ANSWER_FIELD, challengeFor } from "../affiliations/gate-question.ts";
import {
  type DeliveryOutcome,
  DONE,
  type IqOutcome,
  result,
  UNHANDLED,
  type Unhandled,
} from "../model/outcome.ts";
import { MAX_BYTES } from "../model/size-limits.ts";
import { TokenBuckets } from "../model/token-bucket.ts";
import { isBehindGate, rememberPassed } from "../permissions/gate.ts";
import { entryRole } from "../permissions/kept-roles.ts";
import { broadcastPresence } from "../presence/presence.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import { tellAlone } from "../room/room-voice.ts";

/** Wrong answers of one user. */
const TRIES = { perMinute: 1, burst: 5 };
/** Maximum number of users whose wrong answers are counted in one room. */
const MOST_USERS = 1_000;

const wrongAnswers = new RoomSlot("wrong-answers", () => new TokenBuckets(MOST_USERS));

const NO_QUESTION: StanzaError = errors.serviceUnavailable(say`The room has no question for you`);

const WRONG: StanzaError = {
  ...errors.notAcceptable(say`This is not the answer to the question of this room`),
  type: "cancel",
};

/** Answers a form that comes as a request (section 3.1.3). */
export function handleCaptcha(room: Room, stanza: Stanza, captcha: Element): IqOutcome {
  const answer = stanza.type === "set" ? readCaptcha(room, stanza, captcha) : undefined;
  const refusal = answer === undefined ? NO_QUESTION : answerAtGate(room, stanza.from.bare, answer);
  return refusal ? refuse(refusal) : result();
}

/** Takes a message of an occupant behind the gate as the answer: the form in it, or else its text. */
export function handleGateAnswer(room: Room, stanza: Stanza): DeliveryOutcome | Unhandled {
  const sender = room.sessions.get(stanza.from.full);
  // A moderator without affiliation was given voice before there was a gate.
  if (sender?.role !== "visitor" || !isBehindGate(room, sender.bareJid, sender.affiliation)) return UNHANDLED;
  const captcha = child(stanza.element, "captcha", NS.captcha);
  const answer = captcha ? readCaptcha(room, stanza, captcha) : childText(stanza.element, "body");
  if (answer === undefined) return captcha ? refuse(NO_QUESTION) : UNHANDLED;
  const refusal = answerAtGate(room, sender.bareJid, answer);
  // A client takes not-acceptable for the end of its visit (XEP-0410 section 3).
  if (refusal) return refuse(refusal === WRONG ? errors.forbidden(WRONG.text) : refusal);
  const thanks = bodyTag(say`Thank you, the room has your answer.`, stanza.language);
  tellAlone(room, [stanza.from.full], room.environment.newId(), thanks);
  return DONE;
}

/** Judges an answer. A right one lets the user through; returns an error for a wrong one. */
export function answerAtGate(room: Room, account: string, answer: string): StanzaError | undefined {
  if (!isBehindGate(room, account, room.affiliationOf(account))) return NO_QUESTION;
  const now = room.environment.elapsed();
  const wait = wrongAnswers.of(room).wait(account, TRIES, now);
  if (wait > 0)
    return errors.slowDown(say`Too many wrong answers. Try again in ${Math.ceil(wait / 1000)} seconds`);
  if (isRight(room, answer)) {
    letThrough(room, account);
    return undefined;
  }
  wrongAnswers.of(room).take(account, TRIES, now);
  room.environment.refusals.count("gate");
  return WRONG;
}

/** Gives the occupants of an account the role that they have without the gate. */
function letThrough(room: Room, account: string): void {
  rememberPassed(room, account);
  for (const occupant of room.occupantsOf(account)) {
    const role = entryRole(room, account, occupant.affiliation);
    if (occupant.role !== "visitor" || role === "visitor") continue;
    room.setRole(occupant, role);
    broadcastPresence(room, occupant);
  }
}

/** Reads the answer to the user's own challenge; undefined for another one. */
function readCaptcha(room: Room, { from }: Stanza, captcha: Element): string | undefined {
  const form = readForm(captcha, NS.captcha);
  const isOwn = form?.fields.get("challenge")?.[0] === challengeFor(room, from.bare);
  return form?.type === "submit" && isOwn ? (form.fields.get(ANSWER_FIELD)?.[0] ?? "") : undefined;
}

/** Compares an answer with the accepted ones; case, spaces and a mark at the end make no difference. */
function isRight({ config }: Room, answer: string): boolean {
  if (escapedBytes(answer) > MAX_BYTES.gateAnswers) return false;
  const accepted = config.gateAnswers === "" ? [ACCEPTANCE] : config.gateAnswers.split("|").map(compared);
  return accepted.includes(compared(answer));
}

const compared = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\s.!]+$/, "");

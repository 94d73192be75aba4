// Every request has one answer (RFC 6120 section 8.2.3), also if the room passes it on (XEP-0045 section 17.4).
import { bareOf } from "../../src/xmpp/jid.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import type { Stanza } from "../../src/xmpp/stanza.ts";
import { ensure, type Received } from "./ensure.ts";
import { find } from "./strict-xml.ts";
import type { Waiting } from "./world.ts";

/**
 * Checks that each request has one answer, that answers and errors have none, and that only the sender is refused.
 * Updates `waiting`.
 */
export function checkAnswers(
  waiting: Waiting[],
  stanza: Stanza | undefined,
  received: readonly Received[],
): void {
  const texts = received.map(({ text }) => text).join("\n    ");
  const iqs = received.filter((one) => one.stanza.name === "iq");
  const isRequest = stanza?.kind === "iq" && (stanza.type === "get" || stanza.type === "set");
  const answer =
    iqs.find(isPassedOn) ?? (stanza?.kind === "iq" ? iqs.findLast((one) => isBack(one, stanza)) : undefined);
  for (const one of iqs) if (one !== answer) endWaiting(waiting, one);
  if (isRequest) ensure(answer !== undefined, "a request is answered once", texts);
  const refusals = received.filter(
    (one) =>
      one.stanza.name !== "iq" && one.stanza.attrs.type === "error" && !isReturnedInvitation(stanza, one),
  );
  const count = refusals.length + (answer === undefined ? 0 : 1);
  ensure(count <= 1, "a stanza is answered once at most", texts);
  const isAnswer = stanza?.type === "error" || (stanza?.kind === "iq" && stanza.type === "result");
  if (!stanza || isAnswer) ensure(count === 0, "an answer is not answered", texts);
  else if (answer && isPassedOn(answer)) waiting.push(checkPassedOn(answer, stanza));
  else for (const one of answer ? [answer] : refusals) checkBack(one, stanza);
}

/** Returns true for an invitation that bounced and is returned to the inviter (XEP-0045 section 7.8.2). */
const isReturnedInvitation = (stanza: Stanza | undefined, { stanza: sent }: Received): boolean =>
  stanza?.type === "error" && find(find(sent, "x", NS.mucUser), "invite") !== undefined;

const isPassedOn = ({ stanza: { attrs } }: Received): boolean => attrs.type === "get" || attrs.type === "set";

const isBack = ({ stanza: { attrs }, to }: Received, stanza: Stanza): boolean =>
  attrs.from === stanza.to.full && to === stanza.from.full && attrs.id === stanza.id;

function checkBack(one: Received, stanza: Stanza): void {
  const { attrs, name } = one.stanza;
  ensure(
    isBack(one, stanza) && name === stanza.kind,
    "an answer goes back from where the stanza was sent to",
    one.text,
  );
  ensure(attrs.type === "result" || attrs.type === "error", "an answer is a result or an error", one.text);
  ensure(attrs.type !== "error" || find(one.stanza, "error") !== undefined, "an error says which", one.text);
}

function checkPassedOn({ stanza: { attrs }, text, to, room }: Received, stanza: Stanza): Waiting {
  const isSameRoom =
    room === stanza.to.bare && stanza.to.resource !== undefined && attrs.type === stanza.type;
  ensure(isSameRoom, "a request is passed on in the room that it was sent to", text);
  ensure(
    attrs.id !== undefined && attrs.id !== stanza.id,
    "a request is passed on with an id of the room's",
    text,
  );
  ensure(bareOf(to) !== bareOf(attrs.from ?? ""), "a request does not come back to the room", text);
  return { from: stanza.to.full, to: stanza.from.full, id: stanza.id };
}

/** Removes the earlier request that this error ends. */
function endWaiting(waiting: Waiting[], { stanza: { attrs }, to, text }: Received): void {
  const index = waiting.findIndex((one) => one.from === attrs.from && one.to === to && one.id === attrs.id);
  ensure(index >= 0 && attrs.type === "error", "an answer that nobody awaits", text);
  waiting.splice(index, 1);
}

// Requests between occupants, which the room relays (XEP-0045 sections 6.6 and 17.4).

import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError, writeError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { ANSWERED_LATER, type IqOutcome } from "../model/outcome.ts";
import { listBytes } from "../model/size-limits.ts";
import { isForged } from "../presence/relay-filter.ts";
import { languageOfClient } from "../room/client-language.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import { redactedPayload } from "./jid-redaction.ts";
import { type PendingRequest, PendingRequests } from "./pending-requests.ts";

/** Timeout of a request, in milliseconds. */
const TIMEOUT = 120_000;

const requests = new RoomSlot("occupant-requests", () => new PendingRequests());

/** Returns the requests of a room that wait for an answer; undefined if it never had any. */
export const pendingRequestsOf = (room: Room): PendingRequests | undefined => requests.peek(room);

/** Payloads of gets that the server answers for an account: vCards (XEP-0054, XEP-0292), PEP (XEP-0163, XEP-0084). */
const OF_ACCOUNT: readonly string[] = [`vCard ${NS.vcard}`, `vcard ${NS.vcard4}`, `pubsub ${NS.pubsub}`];

/**
 * Relays a request to the occupant's client with the latest presence, or to the occupant's account if its server
 * answers such requests. The relayed request has a new, unpredictable id: ids of different requesters cannot collide,
 * and only the recipient can answer, once.
 */
export function relayRequest(room: Room, sender: Occupant, recipient: Occupant, stanza: Stanza): IqOutcome {
  const { element, from, to, type } = stanza;
  if (element.getChildElements().some((el) => isForged(el, room.address)))
    return refuse(errors.badRequest(say`Send this request to the room itself`));
  const payload = redactedPayload(room, recipient, sender, element);
  if (Buffer.byteLength(payload) > listBytes(room.environment))
    return refuse(errors.policyViolation(say`This request is too large to forward`));
  const recipientJid = isForAccount(stanza) ? recipient.bareJid : leadingSession(recipient).jid;
  const id = room.environment.newId();
  const request = {
    requester: from.full,
    requestId: stanza.id,
    address: to.full,
    recipient,
    asked: recipientJid,
  };
  if (!requests.of(room).add(id, { ...request, at: room.environment.elapsed() }))
    return refuse(errors.resourceConstraint(say`Too many of your requests are waiting for an answer`));
  const address = room.occupantAddress(sender.nick);
  const attributes = { type, id, from: address, to: recipientJid, "xml:lang": element.attrs["xml:lang"] };
  room.effects.send(tag("iq", attributes, payload));
  return ANSWERED_LATER;
}

const isForAccount = ({ element, type }: Stanza): boolean =>
  type === "get" &&
  element.getChildElements().some((el) => OF_ACCOUNT.includes(`${el.getName()} ${el.getNS()}`));

/** Relays an answer to the requesting client, with the id of its request. Drops an answer to no pending request. */
export function relayAnswer(room: Room, stanza: Stanza): void {
  const { element, from, type, id } = stanza;
  const request = id === undefined ? undefined : pendingRequestsOf(room)?.take(id, from.full);
  const requester = request && room.sessions.get(request.requester);
  if (!request || !requester) return;
  const language = element.attrs["xml:lang"];
  const content = redactedPayload(room, requester, request.recipient, element);
  room.effects.send(tag("iq", { ...addressed(request), type, "xml:lang": language }, content));
}

/**
 * Ends, with errors, the requests that involve leaving clients: those they sent, and those that wait for their answer.
 * `occupant`: the occupant, if it leaves with all clients.
 */
export function endRequestsOf(room: Room, sessions: readonly string[], occupant?: Occupant): void {
  const ended = requests
    .peek(room)
    ?.takeWhere(
      ({ requester, recipient, asked }) =>
        recipient === occupant || sessions.includes(requester) || sessions.includes(asked),
    );
  for (const request of ended ?? []) {
    const refusal = room.sessions.has(request.requester)
      ? errors.recipientUnavailable(say`This occupant's client has left the room`)
      : errors.notJoined(say`You have left the room`);
    sendRefusal(room, request, refusal);
  }
}

/** Ends the requests that have timed out, with errors. */
export function endOverdueRequests(room: Room): void {
  endRequests(room, room.environment.elapsed() - TIMEOUT);
}

/** Ends the requests made up to a time (as `RoomEnvironment.elapsed`), with errors; all by default. */
export function endRequests(room: Room, until = Number.POSITIVE_INFINITY): void {
  for (const request of pendingRequestsOf(room)?.takeUntil(until) ?? [])
    sendRefusal(room, request, errors.remoteServerTimeout(say`This occupant's client does not answer`));
}

function sendRefusal(room: Room, request: PendingRequest, refusal: StanzaError): void {
  const error = writeError(refusal, {
    language: languageOfClient(room, request.requester),
    by: room.address,
  });
  room.effects.send(tag("iq", { ...addressed(request), type: "error" }, error));
}

const addressed = ({ address, requester, requestId }: PendingRequest) => ({
  from: address,
  to: requester,
  id: requestId,
});

// Requests between occupants, passed on by the room (XEP-0045 sections 6.6 and 17.4).

import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError, writeError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { listBytes } from "../model/lengths.ts";
import { ANSWERED_LATER, type IqOutcome } from "../model/outcome.ts";
import { isForged } from "../presence/relay-filter.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import { redactedPayload } from "./jid-redaction.ts";
import { type PendingRequest, PendingRequests } from "./pending-requests.ts";

/** How long an answer is awaited, in milliseconds. */
const PATIENCE = 120_000;

/** Requests between occupants that wait for their answer. */
const requests = new RoomSlot("occupant-requests", () => new PendingRequests());

/** Whether requests between occupants wait for their answer. */
export const hasPendingRequests = (room: Room): boolean => (requests.peek(room)?.size ?? 0) > 0;

/** Gets that the server answers for the account: vCards (XEP-0054, XEP-0292), PEP (XEP-0163), so avatars (XEP-0084). */
const OF_ACCOUNT: readonly string[] = [`vCard ${NS.vcard}`, `vcard ${NS.vcard4}`, `pubsub ${NS.pubsub}`];

/**
 * Passes a request on to the client whose presence stands for the occupant, or to the account where that is whose
 * server answers. The room gives it an id that nobody can guess, so that equal ids of two
 * requesters do not mix and only who was asked can answer, once.
 */
export function relayRequest(room: Room, sender: Occupant, recipient: Occupant, stanza: Stanza): IqOutcome {
  const { element, from, to, type } = stanza;
  if (element.getChildElements().some((el) => isForged(el, room.address)))
    return refuse(errors.badRequest("Send this request to the room itself"));
  const payload = redactedPayload(room, recipient, sender, element);
  if (Buffer.byteLength(payload) > listBytes(room.environment))
    return refuse(errors.policyViolation("This request is too large to forward"));
  const asked = isOfAccount(stanza) ? recipient.bareJid : leadingSession(recipient).jid;
  const id = room.environment.newId();
  const request = { requester: from.full, requestId: stanza.id, address: to.full, recipient, asked };
  if (!requests.of(room).add(id, { ...request, at: room.environment.elapsed() }))
    return refuse(errors.resourceConstraint("Too many of your requests are waiting for an answer"));
  const address = room.occupantAddress(sender.nick);
  const attributes = { type, id, from: address, to: asked, "xml:lang": element.attrs["xml:lang"] };
  room.effects.send(tag("iq", attributes, payload));
  return ANSWERED_LATER;
}

const isOfAccount = ({ element, type }: Stanza): boolean =>
  type === "get" &&
  element.getChildElements().some((el) => OF_ACCOUNT.includes(`${el.getName()} ${el.getNS()}`));

/** Brings an answer to the client that asked, under its own id; what answers nothing is dropped. */
export function relayAnswer(room: Room, stanza: Stanza): void {
  const { element, from, type, id } = stanza;
  const request = id === undefined ? undefined : requests.peek(room)?.take(id, from.full);
  const requester = request && room.sessions.get(request.requester);
  if (!request || !requester) return;
  const language = element.attrs["xml:lang"];
  const content = redactedPayload(room, requester, request.recipient, element);
  room.effects.send(tag("iq", { ...addressed(request), type, "xml:lang": language }, content));
}

/** Ends the requests of clients that are leaving, and those that wait for them or for the whole occupant. */
export function endRequestsOf(room: Room, sessions: readonly string[], occupant?: Occupant): void {
  const ended = requests
    .peek(room)
    ?.takeWhere(
      ({ requester, recipient, asked }) =>
        recipient === occupant || sessions.includes(requester) || sessions.includes(asked),
    );
  for (const request of ended ?? []) {
    const refusal = room.sessions.has(request.requester)
      ? errors.recipientUnavailable("This occupant's client has left the room")
      : errors.notJoined("You have left the room");
    sendRefusal(room, request, refusal);
  }
}

/** Ends the requests that nobody has answered in time. */
export function endOverdueRequests(room: Room): void {
  endRequests(room, room.environment.elapsed() - PATIENCE);
}

/** Ends the requests made until then (as `RoomEnvironment.elapsed`): all that there are, unless it is said. */
export function endRequests(room: Room, until = Number.POSITIVE_INFINITY): void {
  for (const request of requests.peek(room)?.takeUntil(until) ?? [])
    sendRefusal(room, request, errors.remoteServerTimeout("This occupant's client does not answer"));
}

function sendRefusal(room: Room, request: PendingRequest, refusal: StanzaError): void {
  room.effects.send(tag("iq", { ...addressed(request), type: "error" }, writeError(refusal, room.address)));
}

const addressed = ({ address, requester, requestId }: PendingRequest) => ({
  from: address,
  to: requester,
  id: requestId,
});

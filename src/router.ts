// Where a stanza goes: to the service, to a room or to an occupant.
import { handleServiceCommand } from "./admin/service-commands.ts";
import { Statistics } from "./admin/statistics.ts";
import { handleServiceIq, type ServiceFacts } from "./disco/service-queries.ts";
import { applyConfig } from "./muc/administration/config-change.ts";
import { handleAvailablePresence } from "./muc/entering/available-presence.ts";
import { notInRoomNotice } from "./muc/entering/not-in-room.ts";
import { handleProbe } from "./muc/entering/presence-probe.ts";
import { handleUndeliveredInvitation } from "./muc/membership/invitation-outcome.ts";
import { handleMediatedMessage } from "./muc/membership/mediated-message.ts";
import { handleGroupchat } from "./muc/messages/groupchat.ts";
import { handlePrivateMessage } from "./muc/messages/private-message.ts";
import { Effects, type Reveals, type StoreQuery } from "./muc/model/effects.ts";
import {
  type DeliveryOutcome,
  DONE,
  type IqOutcome,
  type IqReply,
  RULES_FAILED,
} from "./muc/model/outcome.ts";
import { type Awaitable, type Records, whenReady } from "./muc/model/records.ts";
import { handleAddressCheck } from "./muc/occupants/address-check.ts";
import { handleUnavailablePresence, removeSession } from "./muc/occupants/leave.ts";
import { isThereFor } from "./muc/permissions/visibility.ts";
import { handleOccupantIq } from "./muc/requests/occupant-iq.ts";
import { relayAnswer } from "./muc/requests/occupant-request.ts";
import type { Room } from "./muc/room/room.ts";
import { handleBounce } from "./muc/service/bounce.ts";
import { handlePingError } from "./muc/service/client-ping.ts";
import type { Liveness } from "./muc/service/liveness.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import { answerRoomQuery } from "./room-queries.ts";
import { child, type Element, sizeOf } from "./xmpp/element.ts";
import { bareOf } from "./xmpp/jid.ts";
import { NS } from "./xmpp/namespaces.ts";
import { refuse } from "./xmpp/result.ts";
import { errorReply, expectsAnswer, resultReply, type Stanza } from "./xmpp/stanza.ts";
import { errors, type StanzaError } from "./xmpp/stanza-error.ts";

const NO_REQUEST = errors.badRequest("A request needs one payload and the type get or set");

export class Router {
  readonly #registry: RoomRegistry;
  readonly #facts: ServiceFacts;
  readonly #statistics: Statistics;
  readonly #faulted: (error: unknown, stanza: Stanza) => void;

  /** `faulted` is told of every stanza that the rules could not handle. */
  constructor(
    registry: RoomRegistry,
    facts: ServiceFacts,
    faulted: (error: unknown, stanza: Stanza) => void,
  ) {
    this.#registry = registry;
    this.#facts = facts;
    this.#statistics = new Statistics(registry.environment.elapsed(), facts.memory);
    this.#faulted = faulted;
  }

  /**
   * Handles one stanza to the end: its effects, the answer to its sender among them. A fault of the rules costs
   * the sender an internal-server-error and nobody else anything.
   */
  route(stanza: Stanza): Effects {
    const excess = this.#refuseExcess(stanza);
    if (excess) return excess;
    const { local } = stanza.to;
    const room = this.#roomAt(local);
    const wasPresent = room?.sessions.has(stanza.from.full) ?? false;
    let effects: Effects;
    try {
      effects = this.#handle(stanza, local, room);
    } catch (error) {
      this.#faulted(error, stanza);
      effects = this.#endFault(stanza, wasPresent);
    }
    try {
      this.#noteSignOfLife(stanza, this.#roomAt(local));
    } catch (error) {
      this.#faulted(error, stanza);
    }
    effects.sender = stanza.from.bare;
    return effects;
  }

  /** The effects of refusing one stanza too many; undefined where it is taken. */
  #refuseExcess(stanza: Stanza): Effects | undefined {
    const { environment, flood } = this.#registry;
    if (environment.isServiceAdmin(stanza.from.bare)) return undefined;
    const refusal = flood.refuse(stanza, environment.elapsed());
    return refusal && this.refuse(stanza, refusal);
  }

  /** What a client sends shows that it is there; errors, and that it has left, its server may have sent for it. */
  #noteSignOfLife(stanza: Stanza, room: Room | undefined): void {
    const { liveness, environment } = this.#registry;
    const { full } = stanza.from;
    if (stanza.type === "error" || stanza.type === "unavailable") return;
    if (liveness.knows(full) || room?.sessions.has(full)) liveness.seen(full, environment.elapsed());
  }

  #roomAt(node: string | undefined): Room | undefined {
    return node === undefined ? undefined : this.#registry.get(node);
  }

  /** Whoever was entering is out again: an error says that it is not in the room. */
  #endFault(stanza: Stanza, wasPresent: boolean): Effects {
    const { full } = stanza.from;
    const room = this.#roomAt(stanza.to.local);
    const effects = room
      ? this.#registry.salvage(room, () => {
          const entered = wasPresent ? undefined : room.sessions.get(full);
          if (entered) removeSession(room, entered, full, { statuses: [333] });
        })
      : new Effects(stanza.to.local);
    effects.append(this.refuse(stanza, RULES_FAILED));
    return effects;
  }

  /** The effects of refusing a stanza unread; answers and errors get no answer (RFC 6120 section 8.3.1). */
  refuse(stanza: Stanza, refusal: StanzaError): Effects {
    const effects = new Effects(stanza.to.local);
    if (expectsAnswer(stanza.kind, stanza.type))
      effects.send(errorReply(stanza, refusal, bareOf(stanza.to.full)));
    return effects;
  }

  #handle(stanza: Stanza, node: string | undefined, room: Room | undefined): Effects {
    if (stanza.kind === "iq") return this.#routeIq(stanza, node, room);
    if (node === undefined) return this.#deliver(stanza, undefined, refuseToService(stanza));
    if (stanza.kind === "presence") return this.#routePresence(stanza, node, room);
    if (room && stanza.type === "groupchat") this.#statistics.messages += 1;
    const gone = room || stanza.type === "error" ? undefined : this.#registry.goneFor(node, stanza.from.bare);
    if (gone) return this.#deliver(stanza, room, refuse(stanza.type === "groupchat" ? ROOM_IS_GONE : gone));
    return this.#deliver(stanza, room, routeMessage(room, stanza, this.#registry.liveness));
  }

  #routePresence(stanza: Stanza, node: string, room: Room | undefined): Effects {
    switch (stanza.type) {
      case undefined:
        return this.#enter(stanza, node, room);
      case "unavailable":
        return this.#deliver(stanza, room, room ? handleUnavailablePresence(room, stanza) : DONE);
      case "error":
        if (room) handleBounce(room, stanza, this.#registry.liveness);
        return this.#deliver(stanza, room, DONE);
      case "probe":
        return this.#deliver(stanza, room, handleProbe(room, stanza));
      case "unsubscribe":
      case "unsubscribed":
      case "subscribed":
        return new Effects(stanza.to.local);
      default:
        return this.#deliver(
          stanza,
          room,
          refuse(errors.serviceUnavailable("Rooms do not accept subscriptions")),
        );
    }
  }

  #enter(stanza: Stanza, node: string, room: Room | undefined): Effects {
    const isJoin = child(stanza.element, "x", NS.muc) !== undefined;
    const mayEnter = isJoin || this.#registry.environment.joinWithoutExtension;
    if (!mayEnter && stanza.to.resource !== undefined && !room?.sessions.has(stanza.from.full)) {
      const effects = new Effects(stanza.to.local);
      effects.send(notInRoomNotice(stanza));
      return effects;
    }
    if (room) return this.#deliver(stanza, room, handleAvailablePresence(room, stanza, false));
    if (stanza.to.resource === undefined)
      return this.#deliver(stanza, room, refuse(errors.jidMalformed("A nickname is required")));
    const creation = this.#registry.create(node, stanza.from.bare);
    if (creation.kind === "refused") return this.#deliver(stanza, room, creation);
    const created = creation.value;
    const outcome = handleAvailablePresence(created, stanza, true);
    // A client of groupchat 1.0 cannot unlock the room.
    if (!isJoin && outcome.kind === "done") applyConfig(created, created.config);
    created.closeIfAbandoned();
    return this.#deliver(stanza, created, outcome);
  }

  #routeIq(stanza: Stanza, node: string | undefined, room: Room | undefined): Effects {
    if (stanza.type === "result" || stanza.type === "error") {
      if (room && stanza.to.resource !== undefined) relayAnswer(room, stanza);
      else if (room && stanza.type === "error") handlePingError(room, stanza, this.#registry.liveness);
      return this.#effectsOf(stanza, room);
    }
    const effects = new Effects(stanza.to.local);
    const { answer, reveals } =
      node === undefined
        ? this.#answerService(stanza, effects)
        : { answer: this.#answerIq(stanza, room), reveals: revealsOf(stanza) };
    const reply = new Effects(stanza.to.local);
    if (answer.kind === "read") reply.query(storeQuery(stanza, answer.read, reveals));
    else if (answer.kind !== "later") sendAnswer(reply, stanza, answer);
    // The last that can fail: what a fault leaves in the room is not lost.
    if (room) effects.append(this.#registry.takeEffects(room));
    // What is read of a room is read when everything before is kept.
    const isPlain = effects.isEmpty && (answer.kind !== "read" || reveals === "nothing");
    effects.append(reply);
    if (isPlain) effects.reveals = reveals;
    return effects;
  }

  /** Takes the effects of a message or presence, and adds the refusal if there is one. */
  #deliver(stanza: Stanza, room: Room | undefined, outcome: DeliveryOutcome): Effects {
    const reply =
      outcome.kind === "refused" ? errorReply(stanza, outcome.error, bareOf(stanza.to.full)) : undefined;
    const effects = this.#effectsOf(stanza, room);
    if (reply !== undefined) effects.send(reply);
    return effects;
  }

  #effectsOf(stanza: Stanza, room: Room | undefined): Effects {
    return room ? this.#registry.takeEffects(room) : new Effects(stanza.to.local);
  }

  /** Commands tell of all rooms; the rest tells of nothing but the public list, which has what is kept. */
  #answerService(stanza: Stanza, effects: Effects): { answer: IqOutcome; reveals: Reveals | undefined } {
    const payload = payloadOf(stanza);
    if (!payload) return { answer: refuse(NO_REQUEST), reveals: "nothing" };
    const request = { registry: this.#registry, statistics: this.#statistics, stanza, effects };
    const answer = handleServiceCommand(request, payload);
    if (answer) return { answer, reveals: undefined };
    return { answer: handleServiceIq(this.#facts, this.#registry, stanza), reveals: "nothing" };
  }

  #answerIq(stanza: Stanza, room: Room | undefined): IqOutcome {
    const payload = payloadOf(stanza);
    if (!payload) return refuse(NO_REQUEST);
    if (stanza.to.resource !== undefined) return handleOccupantIq(room, stanza);
    const gone = room ? undefined : this.#registry.goneFor(stanza.to.local ?? "", stanza.from.bare);
    if (!room || !isThereFor(room, stanza.from)) return refuse(gone ?? NO_ROOM);
    return answerRoomQuery(room, stanza, payload);
  }
}

const NO_ROOM = errors.itemNotFound("There is no such room");

/** Section 7.4: unlike gone, it has clients that missed the room's end enter again, and so learn of it and where to. */
const ROOM_IS_GONE = errors.notAcceptable("You are not in this room: it was destroyed");

/** The one payload of a request; undefined where it is no request (RFC 6120 section 8.2.3). */
function payloadOf(stanza: Stanza): Element | undefined {
  const [payload, ...more] = stanza.element.getChildElements();
  const isRequest = stanza.type === "get" || stanza.type === "set";
  return isRequest && more.length === 0 ? payload : undefined;
}

function routeMessage(room: Room | undefined, stanza: Stanza, liveness: Liveness): DeliveryOutcome {
  if (room && handleAddressCheck(room, stanza)) return DONE;
  if (stanza.type === "error") {
    if (room && stanza.to.resource === undefined) handleUndeliveredInvitation(room, stanza);
    if (room) handleBounce(room, stanza, liveness);
    return DONE;
  }
  if (!room || (room.locked && !room.sessions.has(stanza.from.full))) return refuse(NO_ROOM);
  if (stanza.to.resource !== undefined) return handlePrivateMessage(room, stanza);
  return stanza.type === "groupchat" ? handleGroupchat(room, stanza) : handleMediatedMessage(room, stanza);
}

function sendAnswer(effects: Effects, stanza: Stanza, answer: IqReply): Effects {
  if (answer.kind === "refused") {
    effects.send(errorReply(stanza, answer.error, bareOf(stanza.to.full)));
    return effects;
  }
  for (const each of answer.before) effects.send(each);
  effects.send(resultReply(stanza, answer.payload));
  return effects;
}

/** A self-ping (XEP-0410) tells of nothing but the stay of who asks; other requests of anything. */
const revealsOf = ({ to, from, element }: Stanza): Reveals =>
  to.resource !== undefined && child(element, "ping", NS.ping) ? { client: from.full } : "room";

function storeQuery(
  stanza: Stanza,
  read: (records: Records) => Awaitable<IqReply>,
  reveals: Reveals | undefined,
): Omit<StoreQuery, "kind"> {
  return {
    account: stanza.from.bare,
    size: sizeOf(stanza.element),
    read: (records) =>
      whenReady(read(records), (answer) => {
        const effects = sendAnswer(new Effects(stanza.to.local), stanza, answer);
        if (reveals === "nothing") effects.reveals = reveals;
        return effects;
      }),
    refuse: (error) => errorReply(stanza, error, bareOf(stanza.to.full)),
  };
}

/** Messages to the service itself go nowhere; its presence is nobody's business either. */
function refuseToService(stanza: Stanza): DeliveryOutcome {
  if (stanza.kind === "presence" || stanza.type === "error") return DONE;
  return refuse(errors.serviceUnavailable("Messages go to rooms, not to the service"));
}

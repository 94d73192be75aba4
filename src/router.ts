// Routes a stanza to the service, to a room or to an occupant.
import { announceInRooms } from "./admin/announce.ts";
import type { NodeCounts, NodeQuestion, OtherNodes } from "./admin/other-nodes.ts";
import { handleServiceCommand } from "./admin/service-commands.ts";
import { Statistics } from "./admin/statistics.ts";
import { countsOf } from "./admin/statistics-command.ts";
import { handleServiceIq, type ServiceFacts } from "./disco/service-queries.ts";
import { sendReply, storeQuery } from "./iq-reply.ts";
import { applyConfig } from "./muc/administration/config-change.ts";
import { handleAvailablePresence } from "./muc/entering/available-presence.ts";
import { notInRoomNotice } from "./muc/entering/not-in-room.ts";
import { handleProbe } from "./muc/entering/presence-probe.ts";
import { handleUndeliveredInvitation } from "./muc/membership/invitation-outcome.ts";
import { handleMediatedMessage } from "./muc/membership/mediated-message.ts";
import { handleGroupchat } from "./muc/messages/groupchat.ts";
import { handlePrivateMessage } from "./muc/messages/private-message.ts";
import { Effects, type Reveals } from "./muc/model/effects.ts";
import { type DeliveryOutcome, DONE, type IqOutcome, RULES_FAILED } from "./muc/model/outcome.ts";
import type { RefusalRule } from "./muc/model/refusal-counts.ts";
import { handleAddressCheck } from "./muc/occupants/address-check.ts";
import { handleUnavailablePresence, removeSession } from "./muc/occupants/leave.ts";
import { refuseBlockedUser } from "./muc/permissions/blocked-users.ts";
import { isThereFor } from "./muc/permissions/visibility.ts";
import { handleOccupantIq } from "./muc/requests/occupant-iq.ts";
import { relayAnswer } from "./muc/requests/occupant-request.ts";
import { recordAct } from "./muc/room/record-act.ts";
import type { Room } from "./muc/room/room.ts";
import { handleBounce } from "./muc/service/bounce.ts";
import { handlePingError } from "./muc/service/client-ping.ts";
import { answerFlood } from "./muc/service/flood-answer.ts";
import type { Liveness } from "./muc/service/liveness.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import type { OperationRunner } from "./operations/run-operation.ts";
import { answerRoomQuery } from "./room-queries.ts";
import { child, type Element } from "./xmpp/element.ts";
import { bareOf } from "./xmpp/jid.ts";
import { NS } from "./xmpp/namespaces.ts";
import { refuse } from "./xmpp/result.ts";
import { errorReply, expectsAnswer, type Stanza } from "./xmpp/stanza.ts";
import { errors, type StanzaError } from "./xmpp/stanza-error.ts";
import { say } from "./xmpp/text.ts";

const NO_REQUEST = errors.badRequest(say`A request needs one payload and the type get or set`);

export class Router {
  readonly #registry: RoomRegistry;
  readonly #facts: ServiceFacts;
  readonly #statistics: Statistics;
  readonly #faulted: (error: unknown, stanza: Stanza) => void;

  /** The other processes that serve the domain. */
  others: OtherNodes | undefined;
  /** Runs the operations that are called by ad-hoc commands. */
  operations: OperationRunner | undefined;

  /** `faulted` is called for every stanza on which the rules failed. */
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
   * Handles one stanza and returns its effects, the answer to its sender among them. If the rules fail, the sender gets
   * internal-server-error, and nobody else is affected.
   */
  route(stanza: Stanza): Effects {
    const blocked = refuseBlockedUser(this.#registry.environment, stanza);
    if (blocked) return this.#refuseBy("blocklist", stanza, blocked);
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

  /** The figures of this process. */
  get ownCounts(): NodeCounts {
    return countsOf(this.#registry, this.#statistics);
  }

  /**
   * Answers a question of another process that serves the domain; undefined for an announcement while rooms load, which would miss
   * it.
   */
  answerNode(question: NodeQuestion): { readonly effects: Effects; readonly counts: NodeCounts } | undefined {
    const counts = this.ownCounts;
    if (question.what !== "announce") return { effects: new Effects(), counts };
    if (this.#registry.isLoading) return undefined;
    const { effects, rooms } = announceInRooms(this.#registry, question.text);
    return { effects, counts: { ...counts, rooms } };
  }

  /** Returns the effects of refusing a stanza over a rate; undefined if it is within. */
  #refuseExcess(stanza: Stanza): Effects | undefined {
    const { environment, flood } = this.#registry;
    const room = this.#roomAt(stanza.to.local);
    const excess = flood.refuse(room, stanza, environment.elapsed());
    if (!excess) return undefined;
    const effects = this.#refuseBy(`rate-${excess.kind}`, stanza, excess.refusal);
    if (room) effects.append(this.#registry.runIn(room, () => answerFlood(room, stanza, excess)));
    effects.sender = stanza.from.bare;
    return effects;
  }

  #refuseBy(rule: RefusalRule, stanza: Stanza, refusal: StanzaError): Effects {
    this.#registry.environment.refusals.count(rule);
    return this.refuse(stanza, refusal);
  }

  /** Notes that a client is alive, unless its server may have sent the stanza for it (errors, unavailable presence). */
  #noteSignOfLife(stanza: Stanza, room: Room | undefined): void {
    const { liveness, environment } = this.#registry;
    const { full } = stanza.from;
    if (stanza.type === "error" || stanza.type === "unavailable") return;
    if (liveness.knows(full) || room?.sessions.has(full)) liveness.seen(full, environment.elapsed());
  }

  #roomAt(node: string | undefined): Room | undefined {
    return node === undefined ? undefined : this.#registry.get(node);
  }

  /** Cleans up after a fault. A client that was entering is removed, as an error tells it that it is not in the room. */
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

  /** Returns the effects of refusing a stanza unread. Answers and errors get no answer (RFC 6120 section 8.3.1). */
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
          refuse(errors.serviceUnavailable(say`Rooms do not accept subscriptions`)),
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
      return this.#deliver(stanza, room, refuse(errors.jidMalformed(say`A nickname is required`)));
    const creation = this.#registry.create(node, stanza.from.bare);
    if (creation.kind === "refused") return this.#deliver(stanza, room, creation);
    const created = creation.value;
    const outcome = handleAvailablePresence(created, stanza, true);
    if (outcome.kind === "done") recordAct(created, { kind: "room-created", by: stanza.from.bare });
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
    const { outcome, reveals } =
      node === undefined
        ? this.#answerService(stanza, effects)
        : { outcome: this.#answerIq(stanza, room), reveals: revealsOf(stanza) };
    const reply = new Effects(stanza.to.local);
    if (outcome.kind === "read") reply.query(storeQuery(stanza, outcome.read, reveals));
    else if (outcome.kind !== "later") sendReply(reply, stanza, outcome);
    // Taken last, as it cannot be taken twice: after a fault in the lines above, the effects are still in the room.
    if (room) effects.append(this.#registry.takeEffects(room));
    // A query of a room waits until everything before is committed.
    const isPlain = effects.isEmpty && (outcome.kind !== "read" || reveals === "nothing");
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

  /** Commands may reveal anything; other answers reveal only the list of public rooms, which has committed state. */
  #answerService(stanza: Stanza, effects: Effects): { outcome: IqOutcome; reveals: Reveals | undefined } {
    const payload = payloadOf(stanza);
    if (!payload) return { outcome: refuse(NO_REQUEST), reveals: "nothing" };
    const request = {
      registry: this.#registry,
      statistics: this.#statistics,
      stanza,
      effects,
      others: this.others,
      operations: this.operations,
    };
    const outcome = handleServiceCommand(request, payload);
    if (outcome.kind !== "unhandled") return { outcome, reveals: undefined };
    return { outcome: handleServiceIq(this.#facts, this.#registry, stanza), reveals: "nothing" };
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

const NO_ROOM = errors.itemNotFound(say`There is no such room`);

/** Section 7.4. Unlike gone, it makes clients that missed the end of the room enter again, and so learn of the new one. */
const ROOM_IS_GONE = errors.notAcceptable(say`You are not in this room: it was destroyed`);

/** Returns the payload of a request; undefined if there is not exactly one (RFC 6120 section 8.2.3). */
function payloadOf(stanza: Stanza): Element | undefined {
  const [payload, ...more] = stanza.element.getChildElements();
  const isRequest = stanza.type === "get" || stanza.type === "set";
  return isRequest && more.length === 0 ? payload : undefined;
}

function routeMessage(room: Room | undefined, stanza: Stanza, liveness: Liveness): DeliveryOutcome {
  if (room) {
    const outcome = handleAddressCheck(room, stanza);
    if (outcome.kind === "done") return outcome;
  }
  if (stanza.type === "error") {
    if (room && stanza.to.resource === undefined) handleUndeliveredInvitation(room, stanza);
    if (room) handleBounce(room, stanza, liveness);
    return DONE;
  }
  if (!room || (room.locked && !room.sessions.has(stanza.from.full))) return refuse(NO_ROOM);
  if (stanza.to.resource !== undefined) return handlePrivateMessage(room, stanza);
  return stanza.type === "groupchat" ? handleGroupchat(room, stanza) : handleMediatedMessage(room, stanza);
}

/** A self-ping (XEP-0410) reveals only whether its sender is in the room; other requests may reveal anything. */
const revealsOf = ({ to, from, element }: Stanza): Reveals =>
  to.resource !== undefined && child(element, "ping", NS.ping) ? { client: from.full } : "room";

/** Refuses messages to the service itself, and ignores presence. */
function refuseToService(stanza: Stanza): DeliveryOutcome {
  if (stanza.kind === "presence" || stanza.type === "error") return DONE;
  return refuse(errors.serviceUnavailable(say`Messages go to rooms, not to the service`));
}

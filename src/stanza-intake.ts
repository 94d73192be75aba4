// The way of a stanza from the link to the router, with every point at which it may be refused.
import type { Logger } from "pino";
import { roomToAdminister } from "./admin/service-request.ts";
import { slotOf } from "./cluster/slots.ts";
import type { Backpressure } from "./connection/backpressure.ts";
import { Notice } from "./connection/notice.ts";
import type { Outbox } from "./connection/outbox.ts";
import { PARSED_FACTOR } from "./connection/output-size.ts";
import type { FaultLog } from "./fault-log.ts";
import { Effects } from "./muc/model/effects.ts";
import {
  CONGESTED,
  DISK_FULL,
  isRefusedInCongestion,
  isRefusedOnFullDisk,
} from "./muc/service/congestion.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import type { RoomLoader } from "./room-loader.ts";
import type { Router } from "./router.ts";
import { type Element, sizeOf } from "./xmpp/element.ts";
import { bareOf } from "./xmpp/jid.ts";
import {
  errorMessage,
  errorReply,
  expectsAnswer,
  readStanza,
  refuseAddress,
  refuseSize,
  type Stanza,
} from "./xmpp/stanza.ts";
import { errors, type StanzaError } from "./xmpp/stanza-error.ts";
import { say } from "./xmpp/text.ts";

interface IntakeParts {
  readonly registry: RoomRegistry;
  readonly loader: RoomLoader;
  readonly router: Router;
  readonly outbox: Outbox;
  readonly backpressure: Backpressure;
  readonly faultLog: FaultLog;
  readonly log: Logger;
  /** Bytes of the largest stanza that is read. */
  readonly limits: { readonly stanzaBytes: number };
  /** Returns true if the store's disk is nearly full. */
  isDiskLow(): boolean;
  /** The nodes that serve rooms together; undefined if this process serves all. */
  cluster(): SlotFront | undefined;
}

/** Takes stanzas for rooms, and hands those of this node's rooms back by `admit`. */
interface SlotFront {
  take(slot: number, stanza: Stanza): void;
}

/** Clients treat this condition as a timeout: they stay in their rooms (XEP-0410 section 3.2). */
const RESTARTING = errors.remoteServerTimeout(say`The service restarts. Try again in a moment`);
const UNREADABLE_ROOM = errors.internalServerError(say`This room cannot be read at the moment`);

export class StanzaIntake {
  readonly #parts: IntakeParts;
  #isClosed = false;
  /** Number of stanzas received so far. */
  readonly received = { message: 0, presence: 0, iq: 0 };

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Refuses everything from now on, with an error of type wait: the service stops. */
  close(): void {
    this.#isClosed = true;
  }

  /** Takes one element from the link: it is refused, or routed as soon as its room is in memory. */
  receive(element: Element): void {
    const { outbox, router, limits } = this.#parts;
    const read = readStanza(element);
    if (!read) {
      outbox.add(this.#refuseUnaddressed(element));
      return;
    }
    const stanza = this.#withLanguage(read);
    this.received[stanza.kind] += 1;
    if (this.#isClosed) {
      outbox.add(router.refuse(stanza, RESTARTING));
      return;
    }
    const size = sizeOf(element);
    const oversize = refuseSize(stanza, limits.stanzaBytes, size);
    if (oversize) {
      outbox.add(router.refuse(stanza, oversize));
      return;
    }
    const node = this.#roomOf(stanza);
    if (node === undefined) {
      outbox.add(this.#route(stanza));
      return;
    }
    const cluster = this.#parts.cluster();
    if (cluster) cluster.take(slotOf(node), stanza);
    else this.#admit(stanza, node, size);
  }

  /** Takes a stanza for a room that this node serves. */
  admit(forwarded: Stanza): void {
    const stanza = this.#withLanguage(forwarded);
    const node = this.#roomOf(stanza);
    if (node !== undefined) this.#admit(stanza, node, sizeOf(stanza.element));
    // The node that forwarded it has administrators whom this one does not have.
    else this.#parts.outbox.add(this.#route(stanza));
  }

  /** Refuses a stanza for a room of another node that could not take it. */
  refuseHeld(stanza: Stanza): void {
    if (expectsAnswer(stanza.kind, stanza.type)) this.#refuseAtOnce(stanza, CONGESTED);
  }

  /** Returns the node of the room that handles a stanza; undefined if the service itself does. */
  #roomOf(stanza: Stanza): string | undefined {
    return stanza.to.local ?? roomToAdminister(stanza, this.#parts.registry.environment);
  }

  /** Gives a stanza that names no language that of the service. */
  #withLanguage(stanza: Stanza): Stanza {
    const { language } = this.#parts.registry.environment;
    return stanza.language === undefined && language !== "en" ? { ...stanza, language } : stanza;
  }

  #admit(stanza: Stanza, node: string, size: number): void {
    const overload = this.#refuseInOverload(stanza, node);
    if (overload) this.#refuseAtOnce(stanza, overload);
    else this.#routeWhenLoaded(stanza, node, size);
  }

  #refuseInOverload(stanza: Stanza, node: string): StanzaError | undefined {
    const { backpressure, registry, isDiskLow } = this.#parts;
    const shedding = backpressure.backlog.sheddingFor(node, stanza.from.bare);
    if (shedding && isRefusedInCongestion(registry.get(node), stanza, shedding)) return CONGESTED;
    return isDiskLow() && isRefusedOnFullDisk(registry.get(node), stanza) ? DISK_FULL : undefined;
  }

  /** Refuses a stanza ahead of the room's output. A message is not given back, as that would add to the output. */
  #refuseAtOnce(stanza: Stanza, refusal: StanzaError): void {
    const { backpressure, outbox } = this.#parts;
    backpressure.countRefusal();
    const { kind, from, to, id } = stanza;
    const isMessage = kind === "message";
    const reply = isMessage
      ? errorMessage({ from: to.full, to: from.full, id }, refusal, stanza.language)
      : errorReply(stanza, refusal, bareOf(to.full));
    outbox.sendNotice(Notice.of(reply));
  }

  /** Counts the stanza in the backlog while it waits for its room. */
  #routeWhenLoaded(stanza: Stanza, node: string, size: number): void {
    const { backpressure, loader, outbox } = this.#parts;
    const waiting = { wire: 0, memory: size * PARSED_FACTOR };
    backpressure.backlog.add(node, waiting);
    loader.whenLoaded(node, (fault) => {
      backpressure.backlog.remove(node, waiting);
      outbox.add(fault === undefined ? this.#route(stanza) : this.#refuseUnreadable(stanza, fault));
    });
  }

  #route(stanza: Stanza): Effects {
    return this.#parts.router.route(stanza);
  }

  #refuseUnreadable(stanza: Stanza, fault: unknown): Effects {
    const { faultLog, router } = this.#parts;
    faultLog.note({ err: fault, room: stanza.to.bare }, "failed to load a room");
    return router.refuse(stanza, UNREADABLE_ROOM);
  }

  #refuseUnaddressed(element: Element): Effects {
    const effects = new Effects();
    const refusal = refuseAddress(element);
    if (refusal !== undefined) effects.send(refusal);
    const { from, to } = element.attrs;
    const subject = { element: element.getName(), from, to, answered: refusal !== undefined };
    // At a higher level, any user could fill the log.
    this.#parts.log.debug(subject, "stanza without usable addresses");
    return effects;
  }
}

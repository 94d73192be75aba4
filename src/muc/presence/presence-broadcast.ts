// Presence that announces a change of an occupant (XEP-0045 sections 7.2.2 and 7.14). Recipients and state are fixed at
// once; the text is rendered just before it is written.

import { type Batch, type Broadcast, type Deferred, lazyBroadcast } from "../model/effects.ts";
import type { Moment } from "../permissions/audience.ts";
import { splitByVersions } from "../permissions/room-audience.ts";
import type { Room } from "../room/room.ts";
import {
  OccupantPresence,
  type OccupantState,
  type PresenceView,
  sizeOfPresence,
} from "./occupant-presence.ts";

/** Presence to the other occupants, in two variants: with real JIDs, and without. */
export class PresenceBroadcast implements Deferred {
  readonly kind = "deferred";
  readonly #room: Room;
  readonly #state: OccupantState;
  readonly #view: PresenceView;
  readonly #to: Moment;

  constructor(room: Room, state: OccupantState, view: PresenceView, to: Moment) {
    this.#room = room;
    this.#state = state;
    this.#view = view;
    this.#to = to;
  }

  get count(): number {
    return this.#to.count;
  }

  get size(): number {
    return sizeOfPresence(this.#state, this.#view);
  }

  render(): Broadcast[] {
    const { notice } = this.#view;
    const seeing = splitByVersions(this.#to, notice?.version).flatMap(([version, to]) =>
      this.#broadcasts({ seesJids: true, notice: { ...notice, version } }, to),
    );
    return [...seeing, ...this.#broadcasts({ jid: undefined }, this.#to.seeing(false))];
  }

  #broadcasts(part: Partial<PresenceView>, to: Parameters<typeof lazyBroadcast>[1]): Broadcast[] {
    const view = { ...this.#view, ...part };
    return lazyBroadcast(new OccupantPresence(this.#room, this.#state, view), to);
  }
}

/** Self-presence to the occupant's own clients (status 110). Each sees its own full JID. */
export class SelfPresence implements Deferred {
  readonly kind = "deferred";
  readonly #room: Room;
  readonly #state: OccupantState;
  readonly #view: Omit<PresenceView, "jid">;
  readonly #clients: readonly string[];
  /** The clients among them that get versions (XEP-0463). */
  readonly #wantingVersions: readonly string[];

  constructor(
    room: Room,
    state: OccupantState,
    view: Omit<PresenceView, "jid">,
    clients: readonly string[],
    wantingVersions: readonly string[] = [],
  ) {
    this.#room = room;
    this.#state = state;
    this.#view = view;
    this.#clients = clients;
    this.#wantingVersions = wantingVersions;
  }

  get count(): number {
    return this.#clients.length;
  }

  get size(): number {
    return sizeOfPresence(this.#state, this.#view);
  }

  render(): Batch[] {
    const { notice = {} } = this.#view;
    const { answers } = notice;
    const statuses = [...(notice.statuses ?? []), ...(notice.selfStatuses ?? []), 110];
    return this.#clients.map((jid) => {
      const version = this.#wantingVersions.includes(jid) ? notice.version : undefined;
      const id = answers?.client === jid ? answers.id : undefined;
      const view = { ...this.#view, jid, notice: { ...notice, version }, statuses, id };
      return { kind: "batch", stanzas: [new OccupantPresence(this.#room, this.#state, view)], to: jid };
    });
  }
}

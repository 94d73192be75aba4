// What is told of an occupant when something has changed: who gets which presence is known at once, and what it says
// is written when its turn comes (XEP-0045 sections 7.2.2 and 7.14).

import { type Batch, type Broadcast, type Deferred, lazyBroadcast } from "../model/effects.ts";
import type { Moment } from "../permissions/audience.ts";
import { splitByVersions } from "../permissions/room-audience.ts";
import type { Room } from "../room/room.ts";
import { OccupantPresence, type Showing, type Standing, sizeOfPresence } from "./presence-text.ts";

/** To the others: those who see real JIDs are shown the one that there is. */
export class NewsForOthers implements Deferred {
  readonly kind = "deferred";
  readonly #room: Room;
  readonly #standing: Standing;
  readonly #showing: Showing;
  readonly #to: Moment;

  constructor(room: Room, standing: Standing, showing: Showing, to: Moment) {
    this.#room = room;
    this.#standing = standing;
    this.#showing = showing;
    this.#to = to;
  }

  get count(): number {
    return this.#to.count;
  }

  get size(): number {
    return sizeOfPresence(this.#standing, this.#showing);
  }

  render(): Broadcast[] {
    const { notice } = this.#showing;
    const seeing = splitByVersions(this.#to, notice?.version).flatMap(([version, to]) =>
      this.#broadcasts({ seesJids: true, notice: { ...notice, version } }, to),
    );
    return [...seeing, ...this.#broadcasts({ jid: undefined }, this.#to.seeing(false))];
  }

  #broadcasts(part: Partial<Showing>, to: Parameters<typeof lazyBroadcast>[1]): Broadcast[] {
    const showing = { ...this.#showing, ...part };
    return lazyBroadcast(new OccupantPresence(this.#room, this.#standing, showing), to);
  }
}

/** To the occupant's own clients (status 110): each is shown its own full JID. */
export class NewsForSelf implements Deferred {
  readonly kind = "deferred";
  readonly #room: Room;
  readonly #standing: Standing;
  readonly #showing: Omit<Showing, "jid">;
  readonly #clients: readonly string[];
  /** Those of the clients that are told versions (XEP-0463). */
  readonly #wantingVersions: readonly string[];

  constructor(
    room: Room,
    standing: Standing,
    showing: Omit<Showing, "jid">,
    clients: readonly string[],
    wantingVersions: readonly string[] = [],
  ) {
    this.#room = room;
    this.#standing = standing;
    this.#showing = showing;
    this.#clients = clients;
    this.#wantingVersions = wantingVersions;
  }

  get count(): number {
    return this.#clients.length;
  }

  get size(): number {
    return sizeOfPresence(this.#standing, this.#showing);
  }

  render(): Batch[] {
    const { notice = {} } = this.#showing;
    const { answers } = notice;
    const statuses = [...(notice.statuses ?? []), ...(notice.selfStatuses ?? []), 110];
    return this.#clients.map((jid) => {
      const version = this.#wantingVersions.includes(jid) ? notice.version : undefined;
      const id = answers?.client === jid ? answers.id : undefined;
      const showing = { ...this.#showing, jid, notice: { ...notice, version }, statuses, id };
      return { kind: "batch", stanzas: [new OccupantPresence(this.#room, this.#standing, showing)], to: jid };
    });
  }
}

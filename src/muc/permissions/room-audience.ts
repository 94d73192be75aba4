// The audience of each room, kept up to date with its clients and their visibility.
import type { Recipients } from "../model/effects.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import type { RoomObserver } from "../room/room-observer.ts";
import { ObserverSlot } from "../room/room-slot.ts";
import { Audience, type Moment } from "./audience.ts";
import { isHeard, seesRealJids } from "./visibility.ts";

class RoomAudience implements RoomObserver {
  readonly isCache = true;
  readonly #room: Room;
  #whois: Room["config"]["whois"];
  audience: Audience;

  constructor(room: Room) {
    this.#room = room;
    this.#whois = room.config.whois;
    this.audience = this.#fill();
  }

  clientAdded(jid: string, occupant: Occupant): void {
    this.audience.enter(jid, occupant, seesRealJids(this.#room, occupant));
  }

  clientRemoved(jid: string): void {
    this.audience.leave(jid);
  }

  occupantChanged(occupant: Occupant): void {
    for (const jid of occupant.sessions.keys()) if (this.audience.has(jid)) this.clientAdded(jid, occupant);
  }

  configChanged(): void {
    const { whois } = this.#room.config;
    if (whois === this.#whois) return;
    this.#whois = whois;
    this.audience = this.#fill();
  }

  #fill(): Audience {
    const audience = new Audience();
    for (const [jid, occupant] of this.#room.sessions)
      audience.enter(jid, occupant, seesRealJids(this.#room, occupant));
    return audience;
  }
}

const audiences = new ObserverSlot("audience", (room) => new RoomAudience(room));

/** Returns the recipients of a room's output. */
export const audienceOf = (room: Room): Audience => audiences.of(room).audience;

/** Returns the recipients of a message to all: only the user's own clients if the others do not hear the user. */
export const hearersOf = (room: Room, { bareJid }: Pick<Occupant, "bareJid">): Recipients =>
  isHeard(room, bareJid)
    ? audienceOf(room).everybody()
    : room.occupantsOf(bareJid).flatMap(({ sessions }) => sessions.list);

/** Updates a client after a change of its requested information. */
export const refreshClient = (room: Room, jid: string, occupant: Occupant): void =>
  audiences.of(room).clientAdded(jid, occupant);

/** Returns the clients that see real JIDs (`true`) or do not (`false`), without those of one occupant. */
export const sessionsSeeing = (room: Room, realJids: boolean, except?: Occupant): Recipients =>
  audienceOf(room).seeing(realJids, except);

/** Returns true if a client (full JID) asked for versions of the affiliation lists when it entered (XEP-0463). */
export const wantsVersions = (room: Room, session: string): boolean =>
  room.sessions.get(session)?.sessions.get(session)?.wantsVersions === true;

/**
 * Splits the clients that see real JIDs by their view of a new version: those that requested versions, and the others.
 * Without a version, all are in one group.
 */
export function splitByVersions(
  to: Moment,
  version: string | undefined,
): [version: string | undefined, to: Recipients][] {
  if (version === undefined) return [[undefined, to.seeing(true)]];
  return [
    [version, to.wantingVersions(true)],
    [undefined, to.wantingVersions(false)],
  ];
}

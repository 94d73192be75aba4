// Presence of absent members, in rooms that show them to occupants (muc#roomconfig_presencebroadcast with "none").
import type { Recipients } from "../model/effects.ts";
import type { AffiliationRecord } from "../model/journal.ts";
import { audienceOf, sessionsSeeing } from "../permissions/room-audience.ts";
import { showsAbsentMembers } from "../permissions/visibility.ts";
import { memberIdsOf } from "../room/member-ids.ts";
import { reservedFor } from "../room/nicknames.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import type { RoomObserver } from "../room/room-observer.ts";
import { ObserverSlot } from "../room/room-slot.ts";
import { OccupantPresence } from "./occupant-presence.ts";
import { PresenceList } from "./presence-list.ts";

/** Cache of the presence of all absent members with a reserved nickname. Dropped when one enters, leaves or changes. */
class AbsentMembers implements RoomObserver {
  readonly isCache = true;
  readonly #room: Room;
  /** Two variants: with real JIDs, and without; `#lists` likewise. */
  readonly #presences = [new WeakMap<AffiliationRecord, OccupantPresence>(), new WeakMap()] as const;
  readonly #lists: [OccupantPresence[] | undefined, OccupantPresence[] | undefined] = [undefined, undefined];

  constructor(room: Room) {
    this.#room = room;
  }

  /** Returns the presences. The list does not change later. */
  list(realJids: boolean): readonly OccupantPresence[] {
    const index = realJids ? 0 : 1;
    this.#lists[index] ??= this.#build(realJids, this.#presences[index]);
    return this.#lists[index];
  }

  occupantAdded({ bareJid }: Occupant): void {
    if (this.#isMember(bareJid)) this.#dropLists();
  }

  occupantRemoved({ bareJid }: Occupant): void {
    if (this.#isMember(bareJid)) this.#dropLists();
  }

  affiliationChanged(jid: string, before: string | undefined): void {
    if (before !== undefined || this.#isMember(jid)) this.#dropLists();
  }

  #isMember(jid: string): boolean {
    return this.#room.affiliations.get(jid)?.nick !== undefined;
  }

  #dropLists(): void {
    this.#lists[0] = undefined;
    this.#lists[1] = undefined;
  }

  #build(realJids: boolean, known: WeakMap<AffiliationRecord, OccupantPresence>): OccupantPresence[] {
    const list: OccupantPresence[] = [];
    for (const record of this.#room.affiliations.values()) {
      const { nick, affiliation } = record;
      if (nick === undefined || affiliation === "outcast" || !isAbsent(this.#room, record)) continue;
      const presence = known.get(record) ?? presenceOf(this.#room, record, realJids, nick);
      known.set(record, presence);
      list.push(presence);
    }
    return list;
  }
}

const absentMembers = new ObserverSlot("absent-members", (room) => new AbsentMembers(room));

const isAbsent = (room: Room, { jid }: AffiliationRecord): boolean => room.occupantsOf(jid).length === 0;

/** Builds the unavailable presence of a member. `under`: the nickname of its from address. */
function presenceOf(
  room: Room,
  { nick, affiliation, jid }: AffiliationRecord,
  realJids: boolean,
  under: string,
): OccupantPresence {
  const id = memberIdsOf(room).idOf(jid);
  const absent = { nick: under, id, affiliation, role: "none", hats: "" } as const;
  const notice = nick === undefined ? {} : { nick };
  return new OccupantPresence(room, absent, {
    unavailable: true,
    payload: "",
    jid: realJids ? jid : undefined,
    notice,
  });
}

/** Sends the presence of all absent members to one client. */
export function showAbsentMembers(room: Room, realJids: boolean, session: string): void {
  room.effects.defer(new PresenceList(absentMembers.of(room).list(realJids), session, audienceOf(room)));
}

/** Sends the presence of all absent members to many clients. */
export function sendAbsentMembers(room: Room, realJids: boolean, to: Recipients): void {
  for (const presence of absentMembers.of(room).list(realJids)) room.effects.broadcastLazily(presence, to);
}

/** Sends the presence of one member, unless the member is in the room. `under`: the nickname of its from address. */
export function sendAbsentMember(
  room: Room,
  record: AffiliationRecord,
  realJids: boolean,
  to: Recipients,
  under = record.nick,
): void {
  if (under === undefined || !isAbsent(room, record)) return;
  room.effects.broadcastLazily(presenceOf(room, record, realJids, under), to);
}

/**
 * Broadcasts the presence of one absent member, if the room shows them. Sends it first from the nickname that was
 * reserved for the member before (`formerly`), if that nickname is free now.
 */
export function announceAbsentMember(room: Room, record: AffiliationRecord, formerly = record.nick): void {
  if (room.closed || !showsAbsentMembers(room)) return;
  const isFree = formerly !== undefined && reservedFor(room, formerly) === undefined;
  for (const realJids of [true, false]) {
    const to = sessionsSeeing(room, realJids);
    if (isFree) sendAbsentMember(room, record, realJids, to, formerly);
    sendAbsentMember(room, record, realJids, to);
  }
}

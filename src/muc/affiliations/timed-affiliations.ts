// Affiliations that end at a time, such as a ban for a week.
import type { Room } from "../room/room.ts";
import type { RoomObserver } from "../room/room-observer.ts";
import { ObserverSlot } from "../room/room-slot.ts";
import { applyAffiliation } from "./affiliation-change.ts";

/** The keys of the affiliations of a room that have a time. */
class TimedAffiliations implements RoomObserver {
  readonly #room: Room;
  readonly jids = new Set<string>();

  constructor(room: Room) {
    this.#room = room;
    for (const jid of room.affiliations.keys()) this.affiliationChanged(jid);
  }

  affiliationChanged(jid: string): void {
    if (this.#room.affiliations.get(jid)?.until === undefined) this.jids.delete(jid);
    else this.jids.add(jid);
  }
}

const timed = new ObserverSlot("timed-affiliations", (room) => new TimedAffiliations(room));

/** Removes the affiliations whose time is over, and announces it as other changes. */
export function endAffiliations(room: Room): void {
  const now = room.environment.now();
  for (const jid of [...timed.of(room).jids]) {
    const { until = Number.POSITIVE_INFINITY } = room.affiliations.get(jid) ?? {};
    if (until <= now) applyAffiliation(room, jid, { affiliation: "none", rule: "time" });
  }
}

// Removes occupants whom a list of the service bans (XEP-0045 section 9.1, docs/moderation.md).
import { removeOccupant } from "../occupants/leave.ts";
import { lateBan } from "../permissions/blocked-users.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";

/** Looks at each room once after a change of the lists, and once after it came into memory. */
export class ListWatch {
  /** The version of the lists with which each room was compared. */
  readonly #versions = new WeakMap<Room, string>();

  /** Removes the occupants of a room who are on a list, with status 301. */
  check(room: Room): void {
    const { access, sharedBans } = room.environment;
    const group = room.banGroup;
    const version = `${access.version} ${group ?? ""} ${sharedBans.versionOf(group)}`;
    if (this.#versions.get(room) === version) return;
    this.#versions.set(room, version);
    const listed = [...room.occupants.values()].flatMap((occupant) => {
      const ban = lateBan(room, occupant);
      return ban ? [{ occupant, ...ban }] : [];
    });
    room.expectDepartures(listed.length);
    for (const { occupant, rule, reason } of listed) {
      room.setAffiliationAndRole(occupant, "outcast", occupant.role);
      removeOccupant(room, occupant, { statuses: [301], reason });
      recordAct(room, { kind: "kicked", by: undefined, target: occupant.bareJid, rule });
    }
  }
}

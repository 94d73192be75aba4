import { historyOf } from "../../src/muc/archive/archive.ts";
import { historyLengthOf } from "../../src/muc/archive/archive-limits.ts";
import { audienceOf } from "../../src/muc/permissions/room-audience.ts";
// Invariants of the rooms in memory, in the store and in the clients' views.

import type { RoomRecord } from "../../src/muc/model/journal.ts";
import { nextRecipients } from "../../src/muc/model/output-text.ts";
import { seesRealJids } from "../../src/muc/permissions/visibility.ts";
import { lockdownOf } from "../../src/muc/room/lockdown.ts";
import type { Occupant } from "../../src/muc/room/occupant.ts";
import type { Room } from "../../src/muc/room/room.ts";
import { bareOf } from "../../src/xmpp/jid.ts";
import { ensure } from "./ensure.ts";
import type { World } from "./world.ts";

/** Checks that sessions, nicknames and users match, that the room has an owner, and that no outcast is an occupant. */
export function checkNames(room: Room): void {
  const sessions = [...room.occupants].flatMap(([nick, occupant]) => {
    ensure(
      occupant.nick === nick && occupant.sessions.size > 0,
      "an occupant has its nickname and a client",
      nick,
    );
    return [...occupant.sessions.keys()].map((jid) => {
      ensure(room.sessions.get(jid) === occupant, "a client has one nickname", jid);
      ensure(bareOf(jid) === occupant.bareJid, "a nickname belongs to one user", nick, jid);
      return jid;
    });
  });
  ensure(sessions.length === room.sessions.size, "every client in the room has a nickname");
  for (const occupant of room.occupants.values()) {
    const { affiliation, role, bareJid, nick } = occupant;
    ensure(affiliation === room.affiliationOf(bareJid), "an occupant has its user's affiliation", nick);
    ensure(affiliation !== "outcast" && role !== "none", "nobody inside is banned or without a role", nick);
    const isStaff = affiliation === "owner" || affiliation === "admin";
    ensure(!isStaff || role === "moderator", "admins and owners are moderators (section 5.1.2)", nick);
    ensure(
      !room.config.membersOnly || affiliation !== "none",
      "only members are in a members-only room",
      nick,
    );
  }
  const owners = [...room.affiliations.values()].filter((record) => record.affiliation === "owner");
  ensure(owners.length > 0, "a room has an owner (section 5.2)", room.address);
  const reserved = [...room.affiliations.values()].flatMap(({ nick }) => nick ?? []);
  ensure(new Set(reserved).size === reserved.length, "a nickname is reserved for one user", reserved);
  const isKept = room.config.persistent && !room.locked;
  ensure(isKept || room.occupants.size > 0, "a room that nobody is in is a persistent one", room.address);
}

/** Checks that everybody gets the room's output, and that real JIDs reach only those who see them (7.2.3, 7.2.4). */
export function checkAudience(room: Room): void {
  const everybody = nextRecipients(audienceOf(room).everybody()).found;
  ensure(String(everybody.toSorted()) === String([...room.sessions.keys()].toSorted()), "everybody is told");
  for (const realJids of [true, false]) {
    const due = [...room.sessions].filter(([, occupant]) => seesRealJids(room, occupant) === realJids);
    const told = audienceOf(room).seeing(realJids);
    const { found } = nextRecipients(told);
    const isSame = String(found.toSorted()) === String(due.map(([jid]) => jid).toSorted());
    ensure(isSame && found.length === told.count, "each variant is for those who may see it", found);
  }
}

/** Returns true for an occupant whom a lock-down hides. */
const isHidden = (room: Room, { role, affiliation }: Occupant): boolean =>
  role === "visitor" && affiliation === "none" && !room.config.moderated && lockdownOf(room) !== undefined;

/** Checks that clients know the occupants, their affiliations and roles, as far as the room shows them (7.2.2). */
export function checkViews(world: World, rooms: ReadonlyMap<string, Room>): void {
  for (const [address, clients] of world.allTold()) {
    const room = rooms.get(address);
    for (const [client, told] of clients) {
      const occupant = room?.sessions.get(client);
      ensure(
        told.present === (occupant !== undefined),
        "a client knows whether it is inside",
        client,
        address,
      );
      if (!room || !occupant) continue;
      ensure(told.nick === occupant.nick, "a client knows its nickname", client, told.nick);
      const isOpen = room.config.whois === "anyone";
      ensure(told.nonAnonymous === isOpen, "a client knows whether real JIDs are shown", client);
      const due = [...room.occupants.values()].filter(
        (other) =>
          other === occupant ||
          (room.config.presenceBroadcast.some((role) => role === other.role) && !isHidden(room, other)),
      );
      const state = due.map(({ nick, affiliation, role }) => `${nick} ${affiliation}/${role}`);
      const view = [...told.roster].map(([nick, known]) => `${nick} ${known}`);
      const isSame = state.length === view.length && state.every((line) => view.includes(line));
      ensure(isSame, `what ${client} sees of ${address} is what is so`, `sees ${view}`, `so is ${state}`);
    }
  }
  for (const room of rooms.values())
    for (const client of room.sessions.keys())
      ensure(world.told(room.address, client).present, "whoever is inside has been told", client);
}

/** Checks that store and memory are equal, and that a start of the service restores the rooms with all occupants. */
export function checkStore(world: World): void {
  const [memory, store] = [world.rooms(), [...world.restored().all()]].map((rooms) =>
    rooms
      .map((room) => plain(room.record()) + (world.unarchived.has(room.address) ? "" : plainHistory(room)))
      .toSorted()
      .join("\n    "),
  );
  ensure(memory === store, "the store holds what memory holds", memory, store);
}

function plain({ node, config, locked, subject, affiliations, notes, sessions }: RoomRecord): string {
  const people = affiliations.map(({ jid, affiliation, reason, nick }) =>
    JSON.stringify([jid, affiliation, reason, nick]),
  );
  const settings = Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // The order of presence matters among the clients of one occupant.
  const inside = sessions.map(({ jid, nick, role, payload }) => [nick, jid, role, payload]);
  const occupants = inside.toSorted(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1));
  return JSON.stringify([
    node,
    settings,
    locked,
    subject,
    people.toSorted(),
    [...notes].toSorted(),
    occupants,
  ]);
}

/** Returns the discussion history that a new occupant receives. */
const plainHistory = (room: Room): string =>
  JSON.stringify(
    historyOf(room)
      .select({ maxChars: undefined, maxStanzas: historyLengthOf(room), since: undefined }, "")
      .map(({ head, tail }) => head + tail),
  );

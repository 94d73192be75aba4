// The names of rooms that were destroyed (XEP-0045 section 10.9): for a time nobody makes a room of such a name anew, who
// could take the place of its owners with those whose bookmarks bring them back. Whoever seeks it is told that it is gone,
// and where to if it has an alternate venue (RFC 6120 section 8.3.3.5).
import { accountOf, bareOf, prepareJid } from "../../xmpp/jid.ts";
import { gone, type StanzaError } from "../../xmpp/stanza-error.ts";
import type { JournalEntry, MovedRoom } from "../model/journal.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import type { Room } from "../room/room.ts";

const DAY = 24 * 60 * 60 * 1000;
/** As long as names are kept where the operator has said nothing else. */
const DEFAULT_DAYS = 31;

/**
 * What is remembered of a room that is destroyed: of a persistent one always, of others if they have a venue, which is
 * another room's address. Undefined where the name is free at once.
 */
export function destroyedRoomOf(
  room: Room,
  venue: string | undefined,
  reason: string | undefined,
): MovedRoom | undefined {
  const { config, environment, locked, node } = room;
  const jid = prepareJid(venue ?? "");
  const address = jid?.local && bareOf(jid.full);
  const isElsewhere = address !== undefined && address !== room.address;
  const wasKept = config.persistent && !locked;
  if (environment.tombstoneDays === 0 || !(isElsewhere || wasKept)) return undefined;
  const affiliated = [...room.affiliations.values()].filter(({ affiliation }) => affiliation !== "outcast");
  return {
    node,
    venue: isElsewhere ? address : undefined,
    reason,
    members: config.membersOnly ? affiliated.map((record) => record.jid) : undefined,
    until: environment.now() + environment.tombstoneDays * DAY,
  };
}

/** The most characters of members' addresses and reasons that are remembered of all of them. */
const MOST_CHARACTERS = 8_000_000;

interface Reservation extends Pick<MovedRoom, "venue" | "reason"> {
  readonly members: ReadonlySet<string> | undefined;
  readonly characters: number;
  /** When the name is free, as `RoomEnvironment.elapsed`. */
  readonly ends: number;
}

/** The destroyed rooms that are remembered: at most `limit`, the oldest is forgotten first. */
export class DestroyedRooms {
  readonly #environment: RoomEnvironment;
  readonly #limit: number;
  readonly #byNode = new Map<string, Reservation>();
  #characters = 0;

  constructor(environment: RoomEnvironment, limit: number, records: readonly MovedRoom[]) {
    this.#environment = environment;
    this.#limit = limit;
    for (const moved of records.toSorted((a, b) => a.until - b.until)) this.#put(moved);
  }

  /** The room of this name that was destroyed, while that is remembered. */
  find(node: string): Pick<MovedRoom, "venue" | "reason"> | undefined {
    return this.#find(node);
  }

  #find(node: string): Reservation | undefined {
    const reservation = this.#byNode.get(node);
    return reservation && reservation.ends > this.#environment.elapsed() ? reservation : undefined;
  }

  /** Where the clock was ahead when a room was destroyed, its name is not kept for longer than it would be now. */
  #put({ node, venue, reason, members, until }: MovedRoom): void {
    const { tombstoneDays, now, elapsed } = this.#environment;
    const longest = Math.max(tombstoneDays, DEFAULT_DAYS) * DAY;
    const ends = elapsed() + Math.min(until - now(), longest);
    const characters = (members ?? []).reduce((sum, jid) => sum + jid.length, reason?.length ?? 0);
    this.#characters += characters;
    this.#byNode.set(node, {
      venue,
      reason,
      members: members && new Set(members.map(accountOf)),
      characters,
      ends,
    });
  }

  /**
   * Why a user may not use this name; service administrators may. Former owners may not: their clients' bookmarks would
   * make the room anew unasked, and free its name when they leave.
   */
  refuse(node: string, bareJid: string): StanzaError | undefined {
    const moved = this.#find(node);
    if (!moved || this.#environment.isServiceAdmin(bareJid)) return undefined;
    const mayKnow = moved.members?.has(bareJid) ?? true;
    if (!mayKnow) return gone("", undefined);
    return gone(moved.venue === undefined ? "" : joinUri(moved.venue), moved.reason);
  }

  remember(moved: MovedRoom): JournalEntry[] {
    const entries: JournalEntry[] = [{ kind: "room-moved", moved }];
    this.forget(moved.node); // put last
    this.#put(moved);
    for (const node of this.#byNode.keys()) {
      if (this.#byNode.size <= this.#limit && this.#characters <= MOST_CHARACTERS) break;
      entries.push(...this.forget(node));
    }
    return entries;
  }

  forget(node: string): JournalEntry[] {
    const reservation = this.#byNode.get(node);
    if (!reservation) return [];
    this.#characters -= reservation.characters;
    this.#byNode.delete(node);
    return [{ kind: "move-forgotten", node }];
  }
}

/** RFC 5122, in the form that clients know: only what has a meaning of its own in a URI is escaped. */
const joinUri = (room: string): string => `xmpp:${room.replace(/[%#?[\]\\^`{|}]/g, encodeURIComponent)}?join`;

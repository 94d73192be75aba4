// Reserves the names of destroyed rooms (XEP-0045 section 10.9) for a time, so that nobody takes over the users whose
// bookmarks bring them back. Users who try to enter get gone, with the alternate venue (RFC 6120 section 8.3.3.5).
import { accountOf, bareOf, prepareJid } from "../../xmpp/jid.ts";
import { gone, type StanzaError } from "../../xmpp/stanza-error.ts";
import { verbatim } from "../../xmpp/text.ts";
import type { DestroyedRoom, JournalEntry } from "../model/journal.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import type { Room } from "../room/room.ts";

const DAY = 24 * 60 * 60 * 1000;
/** Default of rooms.tombstoneDays. */
const DEFAULT_DAYS = 31;

/**
 * Returns the tombstone of a destroyed room if it is persistent or members-only, or its venue is another room's address.
 * Undefined if the name is free at once.
 */
export function destroyedRoomOf(
  room: Room,
  venue: string | undefined,
  reason: string | undefined,
): DestroyedRoom | undefined {
  const { config, environment, locked, node } = room;
  const jid = prepareJid(venue ?? "");
  const address = jid?.local && bareOf(jid.full);
  const isElsewhere = address !== undefined && address !== room.address;
  const wasKept = (config.persistent || config.membersOnly) && !locked;
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

/** Limits the characters of members' addresses and reasons in all tombstones. */
const MOST_CHARACTERS = 8_000_000;

interface Reservation extends Pick<DestroyedRoom, "venue" | "reason"> {
  readonly members: ReadonlySet<string> | undefined;
  readonly characters: number;
  /** Time at which the name becomes free, as `RoomEnvironment.elapsed`. */
  readonly ends: number;
}

/** All tombstones, at most `limit`. The oldest is removed first. */
export class DestroyedRooms {
  readonly #environment: RoomEnvironment;
  readonly #limit: number;
  readonly #byNode = new Map<string, Reservation>();
  #characters = 0;

  constructor(environment: RoomEnvironment, limit: number, records: readonly DestroyedRoom[]) {
    this.#environment = environment;
    this.#limit = limit;
    this.take(records);
  }

  /** Adds tombstones that were stored before. */
  take(records: readonly DestroyedRoom[]): void {
    for (const destroyed of records.toSorted((a, b) => a.until - b.until)) {
      this.forget(destroyed.node);
      this.#put(destroyed);
    }
  }

  /** Forgets tombstones that another process has. */
  release(isReleased: (node: string) => boolean): void {
    for (const node of [...this.#byNode.keys()]) if (isReleased(node)) this.forget(node);
  }

  /** Returns the tombstone of this name, if there is one. */
  find(node: string): Pick<DestroyedRoom, "venue" | "reason"> | undefined {
    return this.#find(node);
  }

  #find(node: string): Reservation | undefined {
    const reservation = this.#byNode.get(node);
    return reservation && reservation.ends > this.#environment.elapsed() ? reservation : undefined;
  }

  /** Bounds the time, in case the clock was ahead when the room was destroyed. */
  #put({ node, venue, reason, members, until }: DestroyedRoom): void {
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
   * Returns an error if the name is reserved, except for service administrators. Former owners get it too: their
   * clients' bookmarks would recreate the room unasked, and free its name when they leave.
   */
  refuse(node: string, bareJid: string): StanzaError | undefined {
    const destroyed = this.#find(node);
    if (!destroyed || this.#environment.isServiceAdmin(bareJid)) return undefined;
    const { reason } = destroyed;
    const mayKnow = destroyed.members?.has(bareJid) ?? true;
    if (!mayKnow) return gone("", undefined);
    return gone(
      destroyed.venue === undefined ? "" : joinUri(destroyed.venue),
      reason ? verbatim(reason) : undefined,
    );
  }

  remember(destroyed: DestroyedRoom): JournalEntry[] {
    const entries: JournalEntry[] = [{ kind: "room-destroyed", destroyed }];
    this.forget(destroyed.node); // put last
    this.#put(destroyed);
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
    return [{ kind: "destroyed-room-forgotten", node }];
  }
}

/** Writes a URI to join a room (RFC 5122). Escapes only characters that are special in URIs, as clients expect. */
const joinUri = (room: string): string => `xmpp:${room.replace(/[%#?[\]\\^`{|}]/g, encodeURIComponent)}?join`;

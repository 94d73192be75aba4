// The names of rooms that were destroyed (XEP-0045 section 10.9): for a time nobody makes a room of such a name anew, who
// could take the place of its owners with those whose bookmarks bring them back. Whoever seeks it is told that it is gone,
// and where to if it has an alternate venue (RFC 6120 section 8.3.3.5).
import { accountOf, bareOf, prepareJid } from "../xmpp/jid.ts";
import { gone, type StanzaError } from "../xmpp/stanza-error.ts";
import type { JournalEntry, MovedRoom } from "./journal.ts";
import type { Room } from "./room.ts";
import type { RoomEnvironment } from "./room-environment.ts";

const DAY = 24 * 60 * 60 * 1000;

/**
 * What is remembered of a room that is destroyed: of a persistent one always, of others if they have a venue, which is
 * another room's address. Undefined where the name is free at once.
 */
export function tombstoneOf(
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

/** The destroyed rooms that are remembered: at most `limit`, the oldest is forgotten first. */
export class MovedRooms {
  readonly #environment: RoomEnvironment;
  readonly #limit: number;
  readonly #byNode: Map<string, MovedRoom>;

  constructor(environment: RoomEnvironment, limit: number, records: readonly MovedRoom[]) {
    this.#environment = environment;
    this.#limit = limit;
    const oldestFirst = records.toSorted((a, b) => a.until - b.until);
    this.#byNode = new Map(oldestFirst.map((moved) => [moved.node, moved]));
  }

  /** The room of this name that was destroyed, while that is remembered. */
  find(node: string): MovedRoom | undefined {
    const moved = this.#byNode.get(node);
    return moved && moved.until > this.#environment.now() ? moved : undefined;
  }

  /**
   * Why a user may not use this name; service administrators may. Former owners may not: their clients' bookmarks would
   * make the room anew unasked, and free its name when they leave.
   */
  refuse(node: string, bareJid: string): StanzaError | undefined {
    const moved = this.find(node);
    if (!moved || this.#environment.isServiceAdmin(bareJid)) return undefined;
    const mayKnow = moved.members?.some((member) => accountOf(member) === bareJid) ?? true;
    if (!mayKnow) return gone("", undefined);
    return gone(moved.venue === undefined ? "" : joinUri(moved.venue), moved.reason);
  }

  remember(moved: MovedRoom): JournalEntry[] {
    const entries: JournalEntry[] = [{ kind: "room-moved", moved }];
    this.#byNode.delete(moved.node); // put last
    this.#byNode.set(moved.node, moved);
    for (const node of this.#byNode.keys()) {
      if (this.#byNode.size <= this.#limit) break;
      entries.push(...this.forget(node));
    }
    return entries;
  }

  forget(node: string): JournalEntry[] {
    return this.#byNode.delete(node) ? [{ kind: "move-forgotten", node }] : [];
  }
}

/** RFC 5122, in the form that clients know: only what has a meaning of its own in a URI is escaped. */
const joinUri = (room: string): string => `xmpp:${room.replace(/[%#?[\]\\^`{|}]/g, encodeURIComponent)}?join`;

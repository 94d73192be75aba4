// Where the rooms went that were destroyed with an alternate venue (XEP-0045 section 10.9): whoever seeks to enter one
// is told that it is gone, and where to (RFC 6120 section 8.3.3.5).
import { parseJid } from "../xmpp/jid.ts";
import { gone, type StanzaError } from "../xmpp/stanza-error.ts";
import type { JournalEntry, MovedRoom } from "./journal.ts";
import type { Room } from "./room.ts";
import type { RoomEnvironment } from "./room-environment.ts";

/** Long enough for those who come by once a month; then the name is free. */
const REMEMBERED_MS = 31 * 24 * 60 * 60 * 1000;

/** Where a room that is destroyed goes; undefined where the venue is no other room's address. */
export function moveTo(
  room: Room,
  venue: string | undefined,
  reason: string | undefined,
): MovedRoom | undefined {
  const jid = parseJid(venue ?? "");
  if (!jid?.local || jid.bare === room.address) return undefined;
  const affiliated = [...room.affiliations.values()].filter(({ affiliation }) => affiliation !== "outcast");
  const members = room.config.membersOnly ? affiliated.map((record) => record.jid) : undefined;
  return { node: room.node, venue: jid.bare, reason, members, until: room.environment.now() + REMEMBERED_MS };
}

/** The moved rooms that are remembered: at most `limit`, the oldest is forgotten first. */
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

  /** The room of this name that moved, while that is remembered. */
  find(node: string): MovedRoom | undefined {
    const moved = this.#byNode.get(node);
    return moved && moved.until > this.#environment.now() ? moved : undefined;
  }

  /** Why a user may not make a room of this name anew; service administrators may. */
  refuse(node: string, bareJid: string): StanzaError | undefined {
    const moved = this.find(node);
    if (!moved || this.#environment.isServiceAdmin(bareJid)) return undefined;
    const mayKnow = moved.members?.includes(bareJid) ?? true;
    return mayKnow ? gone(joinUri(moved.venue), moved.reason) : gone("", undefined);
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

// All rooms of the service, and who may add one (XEP-0045 section 10.1.1).
import { domainOf } from "../../xmpp/jid.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { DestroyedRooms } from "../administration/destroyed-rooms.ts";
import { rekeyedEntries } from "../model/affiliation-keys.ts";
import { Effects } from "../model/effects.ts";
import type { ArchivedMessage, JournalEntry, MovedRoom, RoomRecord } from "../model/journal.ts";
import { RateLimiter } from "../model/rate-limiter.ts";
import type { RoomConfig } from "../model/room-config.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { endOverdueRequests, endRequests } from "../requests/occupant-request.ts";
import { Room } from "../room/room.ts";
import { FloodControl, type FloodLimits, NO_FLOOD_LIMITS } from "./flood-control.ts";
import { Liveness } from "./liveness.ts";
import { readableNotes } from "./notes.ts";
import { restoreRoom } from "./restore-room.ts";
import { creatorNotes, RoomCounts } from "./room-counts.ts";

const HOUR = 3_600_000;
/** A room that was sent nothing for so long rests. */
const QUIET_MS = 10_000;

/** Rooms in memory that nobody is in. */
const MOST_IDLE = 1_000;

export interface RegistryOptions {
  /** What a new room starts with. */
  readonly defaults: RoomConfig;
  /** The most rooms at a time. */
  readonly maxRooms: number;
  /** The most that one user creates within an hour; administrators of the service are not limited. */
  readonly roomsPerHour: number;
  /** The most at a time that users of one domain have made, unless they are `isLocal`; 0 for any number. */
  readonly roomsPerDomain?: number;
  /** Whether a user is one of the operator's own. */
  isLocal?(bareJid: string): boolean;
  mayCreateRooms(bareJid: string): boolean;
  /** How often users may send something; any number where it is left out. */
  readonly flood?: FloodLimits;
  /** Hears of each fault of the rules in a room, by its node. */
  faulted?(error: unknown, node: string): void;
  /** Hears of what of a stored room cannot be read, in words, by its node. */
  damaged?(problem: string, node: string): void;
}

export class RoomRegistry {
  /** Those in memory. */
  readonly #rooms = new Map<string, Room>();
  readonly environment: RoomEnvironment;
  readonly liveness = new Liveness();
  readonly flood: FloodControl;
  readonly #options: RegistryOptions;
  readonly #moved: DestroyedRooms;
  readonly #creations = new RateLimiter(HOUR);
  /** The creator of each room that was created since it is in memory, and when, as `RoomEnvironment.elapsed`. */
  readonly #created = new WeakMap<Room, { readonly creator: string; readonly at: number }>();

  /** The nodes of rooms that a fault has taken out of memory: what is kept of them is to be read again. */
  readonly lost = new Set<string>();

  /** Rooms that somebody is in are on their way into memory after the start: `all` has not got all of them yet. */
  returning = false;

  readonly #counts: RoomCounts;

  /** `stored`: the rooms that are kept already. */
  constructor(
    environment: RoomEnvironment,
    options: RegistryOptions,
    moved: readonly MovedRoom[] = [],
    stored = new RoomCounts(),
  ) {
    this.#counts = stored;
    this.environment = environment;
    this.#moved = new DestroyedRooms(environment, options.maxRooms, moved);
    this.#options = options;
    this.flood = new FloodControl(options.flood ?? NO_FLOOD_LIMITS);
  }

  /** How many rooms there are, in memory or not. */
  get count(): number {
    return this.#counts.all;
  }

  /** Takes a stored room into memory, with the latest of its discussion. */
  restore(record: RoomRecord, discussion: readonly ArchivedMessage[] = []): Room {
    const { node } = record;
    const notes = readableNotes(record.notes, this.environment.now(), (problem) =>
      this.#options.damaged?.(problem, node),
    );
    const room = restoreRoom(this.environment, { ...record, notes }, discussion);
    room.effects.journal.push(...rekeyedEntries(node, record.affiliations));
    // Who is still there after the pause is found out by the next roll call.
    for (const jid of room.sessions.keys()) this.liveness.client(jid, Number.NEGATIVE_INFINITY);
    this.#rooms.set(node, room);
    return room;
  }

  get(node: string): Room | undefined {
    return this.#rooms.get(node);
  }

  /**
   * Lets go of rooms that nobody is in and that are not `wanted`, as they are kept elsewhere: of those that were not used
   * since then, and of the longest unused where there are too many. One user can have thousands read by asking about them.
   */
  unload(unusedSince: number, wanted: (node: string) => boolean): void {
    const idle: Room[] = [];
    for (const [node, room] of this.#rooms) {
      if (room.occupants.size > 0 || wanted(node)) continue;
      if (room.usedAt < unusedSince) this.#rooms.delete(node);
      else idle.push(room);
    }
    const longestUnused = idle.toSorted((a, b) => b.usedAt - a.usedAt).slice(MOST_IDLE);
    for (const { node } of longestUnused) this.#rooms.delete(node);
  }

  /** Those in memory, and so all that anybody is in. */
  all(): Iterable<Room> {
    return this.#rooms.values();
  }

  /** A name for a new room that nobody guesses, and so no room has (XEP-0307), for those who may create one. */
  uniqueName(creator: string): Result<string> {
    if (!this.#options.mayCreateRooms(creator))
      return refuse(errors.notAllowed("You may not create rooms here"));
    return ok(this.environment.newId());
  }

  /** A new, locked room of a creator who becomes its owner; refused where one was destroyed of late, creation is restricted or the service is full. */
  create(node: string, creator: string): Result<Room> {
    const moved = this.#moved.refuse(node, creator);
    if (moved) return refuse(moved);
    if (!this.#options.mayCreateRooms(creator))
      return refuse(errors.notAllowed("You may not create rooms here"));
    if (this.count >= this.#options.maxRooms)
      return refuse(errors.resourceConstraint("This service has reached its maximum number of rooms"));
    if (!this.#hasShareLeft(creator))
      return refuse(errors.resourceConstraint("Users of your domain have created too many rooms"));
    if (!this.#countCreation(creator))
      return refuse(errors.resourceConstraint("You have created too many rooms. Try again later"));
    const owner = { jid: creator, affiliation: "owner", reason: undefined, nick: undefined } as const;
    const room = new Room(this.environment, {
      node,
      config: this.#options.defaults,
      locked: true,
      subject: undefined,
      affiliations: [owner],
      notes: creatorNotes(creator),
    });
    this.#counts.add(room);
    this.#created.set(room, { creator, at: this.environment.elapsed() });
    room.effects.journal.push({ kind: "room-stored", room: room.record() }, ...this.#moved.forget(node));
    this.#rooms.set(node, room);
    return ok(room);
  }

  /** What a user is told who seeks a room of that name: gone, if one was destroyed of late; undefined where there is none. */
  goneFor(node: string, bareJid: string): StanzaError | undefined {
    return this.#moved.refuse(node, bareJid);
  }

  /** Whether the domain of a user may have one more room: one server's many addresses do not take all that there are. */
  #hasShareLeft(creator: string): boolean {
    const { roomsPerDomain = 0, isLocal } = this.#options;
    if (roomsPerDomain === 0 || this.environment.isServiceAdmin(creator) || isLocal?.(creator)) return true;
    return this.#counts.ofDomain(domainOf(creator)) < roomsPerDomain;
  }

  /** XEP-0045 section 14.6: whether a user may create one more room now, which counts while the room exists. */
  #countCreation(creator: string): boolean {
    if (this.environment.isServiceAdmin(creator)) return true;
    return this.#creations.take(creator, this.#options.roomsPerHour, this.environment.elapsed());
  }

  /** Rooms that are gone do not count, but those of which a tombstone stays do: its name is taken. */
  #uncountCreation(room: Room): void {
    const created = this.#created.get(room);
    if (!created || room.destroyed) return;
    this.#creations.giveBack(created.creator, created.at, this.environment.elapsed());
  }

  /** Forgets a room that is closed, but for its tombstone; returns what is to be journaled of that. */
  #forget(room: Room): JournalEntry[] {
    this.#rooms.delete(room.node);
    this.#counts.remove(room);
    this.#uncountCreation(room);
    const moved = room.destroyed ? this.#moved.remember(room.destroyed) : [];
    return [{ kind: "room-removed", node: room.node }, ...moved];
  }

  /**
   * Does something in a room and returns what it has brought about. After a fault of the rules that is what had changed
   * by then.
   */
  tend(room: Room, act: (room: Room) => void): Effects {
    try {
      act(room);
      return this.takeEffects(room);
    } catch (error) {
      this.#options.faulted?.(error, room.node);
      return this.salvage(room);
    }
  }

  /**
   * After a fault: cleans up, and returns what has changed in the room, so that memory, store and clients agree. If that
   * fails too, the room leaves memory, and its changes that are not kept yet are dropped.
   */
  salvage(room: Room, cleanUp: () => void = () => {}): Effects {
    try {
      cleanUp();
      room.closeIfAbandoned();
      return this.takeEffects(room);
    } catch (error) {
      this.#options.faulted?.(error, room.node);
      if (room.effects.journal.some(({ kind }) => kind === "room-stored")) this.#counts.remove(room);
      else this.lost.add(room.node);
      this.#rooms.delete(room.node);
      room.leaveMemory();
      room.close(); // for whoever still has it
      return new Effects(room.node);
    }
  }

  /** Takes what has come about in a room. The one place where a room that is closed is forgotten. */
  takeEffects(room: Room): Effects {
    const effects = room.takeEffects();
    if (room.closed) effects.journal.push(...this.#forget(room));
    return effects;
  }

  /** What the passing of time brings about in the rooms; to be called every few seconds. */
  passTime(): Effects {
    const quietSince = this.environment.elapsed() - QUIET_MS;
    return this.#inEach((room) => {
      if (room.usedAt < quietSince) room.dropCaches();
      endOverdueRequests(room);
    });
  }

  /** What is to be said before the service pauses: requests that wait for an answer do not outlast it. */
  suspend(): Effects {
    return this.#inEach((room) => endRequests(room));
  }

  /** Takes everybody out of every room where the end of the service is that of its rooms (status 332). */
  shutDown(): Effects {
    return this.#inEach((room) => {
      for (const occupant of [...room.occupants.values()]) {
        occupant.announced = false; // the others leave in the same breath
        removeOccupant(room, occupant, { statuses: [332] });
      }
    });
  }

  /** What something that is done in each of the rooms brings about. */
  #inEach(act: (room: Room) => void): Effects {
    const effects = new Effects();
    for (const room of this.all()) effects.append(this.tend(room, act));
    return effects;
  }
}

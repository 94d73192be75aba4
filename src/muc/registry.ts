// All rooms of the service, and who may add one (XEP-0045 section 10.1.1).
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { Attendance } from "./attendance.ts";
import { Effects } from "./effects.ts";
import type { JournalEntry, MovedRoom, RoomRecord } from "./journal.ts";
import { removeOccupant } from "./leave.ts";
import { MovedRooms } from "./moved-rooms.ts";
import { endOverdueRequests } from "./occupant-request.ts";
import { Room, type RoomEnvironment } from "./room.ts";
import type { RoomConfig } from "./room-config.ts";

export interface RegistryOptions {
  /** What a new room starts with. */
  readonly defaults: RoomConfig;
  /** The most rooms at a time. */
  readonly maxRooms: number;
  mayCreateRooms(bareJid: string): boolean;
}

export class RoomRegistry {
  readonly #rooms = new Map<string, Room>();
  /** The rooms in order, until one comes or goes. */
  #ordered: readonly Room[] | undefined;
  readonly environment: RoomEnvironment;
  readonly attendance = new Attendance();
  readonly #options: RegistryOptions;
  readonly #moved: MovedRooms;

  constructor(
    environment: RoomEnvironment,
    options: RegistryOptions,
    records: readonly RoomRecord[],
    moved: readonly MovedRoom[] = [],
  ) {
    this.environment = environment;
    this.#moved = new MovedRooms(environment, options.maxRooms, moved);
    this.#options = options;
    for (const record of records) this.#rooms.set(record.node, Room.restore(environment, record));
  }

  get(node: string): Room | undefined {
    return this.#rooms.get(node);
  }

  all(): Iterable<Room> {
    return this.#rooms.values();
  }

  /** All rooms, by the code units of their names. */
  inOrder(): readonly Room[] {
    this.#ordered ??= [...this.#rooms.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
    return this.#ordered;
  }

  /** A name for a new room that no room has and nobody guesses (XEP-0307), for those who may create one. */
  uniqueName(creator: string): string | StanzaError {
    if (!this.#options.mayCreateRooms(creator)) return errors.notAllowed("You may not create rooms here");
    let name = this.environment.newId();
    while (this.#rooms.has(name)) name = this.environment.newId();
    return name;
  }

  /** A new, locked room of a creator who becomes its owner; refused where one moved away, creation is restricted or the service is full. */
  create(node: string, creator: string): Room | StanzaError {
    const moved = this.#moved.refuse(node, creator);
    if (moved) return moved;
    if (!this.#options.mayCreateRooms(creator)) return errors.notAllowed("You may not create rooms here");
    if (this.#rooms.size >= this.#options.maxRooms)
      return errors.resourceConstraint("This service has no more rooms");
    const room = new Room(this.environment, node, this.#options.defaults, true);
    const record = { jid: creator, affiliation: "owner", reason: undefined, nick: undefined } as const;
    room.setAffiliation(record);
    room.effects.journal.push(...this.#moved.forget(node));
    this.#rooms.set(node, room);
    this.#ordered = undefined;
    return room;
  }

  /** Forgets a room but for where it moved to; returns what is to be kept of that. */
  forget(room: Room): JournalEntry[] {
    if (this.#rooms.get(room.node) === room) this.#rooms.delete(room.node);
    this.#ordered = undefined;
    return room.moved ? this.#moved.remember(room.moved) : [];
  }

  /** What the passing of time brings about in the rooms; to be called every few seconds. */
  passTime(): Effects {
    const effects = new Effects();
    for (const room of this.#rooms.values()) {
      if (room.requests.size === 0) continue;
      endOverdueRequests(room);
      effects.append(room.takeEffects());
    }
    return effects;
  }

  /** Takes everybody out of every room at the end of the service (status 332, section 11.2). */
  shutDown(): Effects {
    const effects = new Effects();
    for (const room of this.#rooms.values()) {
      for (const occupant of [...room.occupants.values()]) {
        occupant.announced = false; // the others leave in the same breath
        removeOccupant(room, occupant, { statuses: [332] });
      }
      effects.append(room.takeEffects());
    }
    return effects;
  }
}

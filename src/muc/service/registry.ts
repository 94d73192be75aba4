// The rooms of the service, and the limits of creating rooms (XEP-0045 section 10.1.1).
import { domainOf } from "../../xmpp/jid.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { DestroyedRooms } from "../administration/destroyed-rooms.ts";
import type { ActionRates } from "../model/action-rates.ts";
import { rekeyedEntries } from "../model/affiliation-keys.ts";
import { Effects } from "../model/effects.ts";
import type { ArchivedMessage, DestroyedRoom, JournalEntry, RoomRecord } from "../model/journal.ts";
import { RULES_FAILED } from "../model/outcome.ts";
import { RateLimiter } from "../model/rate-limiter.ts";
import type { RoomConfig } from "../model/room-config.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { endRequests } from "../requests/occupant-request.ts";
import { Room } from "../room/room.ts";
import { FloodControl } from "./flood-control.ts";
import { ListWatch } from "./list-watch.ts";
import { Liveness } from "./liveness.ts";
import { readableNotes } from "./notes.ts";
import { restoreRoom } from "./restore-room.ts";
import { creatorNotes, RoomCounts } from "./room-counts.ts";
import { endWhatIsOver } from "./timed-rules.ts";

const HOUR = 3_600_000;
/** Time without stanzas after which a room drops its caches. */
const QUIET_MS = 10_000;

const TEMPORARY = errors.notAcceptable(say`A temporary room ends at once, as nobody is in it`);
const BAD_NAME = errors.notAllowed(say`A new room may not have this name`);

/** Maximum number of empty rooms in memory. */
const MAX_IDLE_ROOMS = 1_000;

export interface RegistryOptions {
  /** Configuration of new rooms. */
  readonly defaults: RoomConfig;
  /** Maximum number of rooms. */
  readonly maxRooms: number;
  /** Maximum number of rooms that one user creates per hour. No limit for service administrators. */
  readonly roomsPerHour: number;
  /** Maximum number of existing rooms that users of one domain created, unless they are `isLocal`; 0 for no limit. */
  readonly roomsPerDomain?: number;
  /** Returns true for users of the operator's own servers. */
  isLocal?(bareJid: string): boolean;
  mayCreateRooms(bareJid: string): boolean;
  /** Returns true if a new room may have this name; always by default. Service administrators may use any. */
  isAllowedName?(node: string): boolean;
  /** Rates of users' actions; without limit by default. */
  readonly rates?: ActionRates;
  /** Called for each exception in a room's rules, with its node. */
  faulted?(error: unknown, node: string): void;
  /** Called for each problem in a stored room, with its description and the node. */
  damaged?(problem: string, node: string): void;
}

export class RoomRegistry {
  /** Rooms in memory. */
  readonly #rooms = new Map<string, Room>();
  readonly environment: RoomEnvironment;
  readonly liveness = new Liveness();
  readonly flood: FloodControl;
  readonly #options: RegistryOptions;
  readonly #destroyed: DestroyedRooms;
  readonly #creations = new RateLimiter(HOUR);
  /** Creator and time (as `RoomEnvironment.elapsed`) of rooms that have not left memory since their creation. */
  readonly #created = new WeakMap<Room, { readonly creator: string; readonly at: number }>();

  /** Nodes of stored rooms that an exception has removed from memory. They must be loaded again. */
  readonly lost = new Set<string>();

  /** Returns true for rooms that are about to move to another process: timers leave them alone. */
  isFrozen: (node: string) => boolean = () => false;

  /** True after the start, while rooms with occupants are being loaded: `all` is still incomplete. */
  isLoading = false;

  readonly #counts: RoomCounts;
  readonly #lists = new ListWatch();

  /** `stored`: counts of the stored rooms. */
  constructor(
    environment: RoomEnvironment,
    options: RegistryOptions,
    destroyed: readonly DestroyedRoom[] = [],
    stored = new RoomCounts(),
  ) {
    this.#counts = stored;
    this.environment = environment;
    this.#destroyed = new DestroyedRooms(environment, options.maxRooms, destroyed);
    this.#options = options;
    this.flood = new FloodControl({
      rates: options.rates,
      isServiceAdmin: environment.isServiceAdmin,
      isLocal: (account) => options.isLocal?.(account) ?? false,
    });
  }

  /** Number of rooms, in memory or not. */
  get count(): number {
    return this.#counts.all;
  }

  /** Loads a stored room into memory. `discussion`: its latest messages. */
  restore(record: RoomRecord, discussion: readonly ArchivedMessage[] = []): Room {
    const { node } = record;
    const notes = readableNotes(record.notes, this.environment.now(), (problem) =>
      this.#options.damaged?.(problem, node),
    );
    const room = restoreRoom(this.environment, { ...record, notes }, discussion);
    room.effects.journal.push(...rekeyedEntries(node, record.affiliations));
    // The next round of pings shows which clients are still there.
    for (const jid of room.sessions.keys()) this.liveness.client(jid, Number.NEGATIVE_INFINITY);
    this.#rooms.set(node, room);
    return room;
  }

  get(node: string): Room | undefined {
    return this.#rooms.get(node);
  }

  /**
   * Unloads empty rooms that are not `wanted`; the store has them. Unloads those that were not used since
   * `unusedSince`, and the least recently used ones if there are too many: one user can have thousands loaded by asking
   * about them.
   */
  unload(unusedSince: number, wanted: (node: string) => boolean): void {
    const idle: Room[] = [];
    for (const [node, room] of this.#rooms) {
      if (room.occupants.size > 0 || wanted(node)) continue;
      if (room.usedAt < unusedSince) this.#rooms.delete(node);
      else idle.push(room);
    }
    const longestUnused = idle.toSorted((a, b) => b.usedAt - a.usedAt).slice(MAX_IDLE_ROOMS);
    for (const { node } of longestUnused) this.#rooms.delete(node);
  }

  /** Returns the rooms in memory, which include all rooms with occupants. */
  all(): Iterable<Room> {
    return this.#rooms.values();
  }

  /** Removes rooms from memory that another process serves from now on; their changes are committed. */
  release(isReleased: (node: string) => boolean): void {
    for (const [node, room] of this.#rooms) {
      if (!isReleased(node)) continue;
      this.#rooms.delete(node);
      for (const jid of room.sessions.keys()) this.liveness.askElsewhere(jid);
      room.leaveMemory();
      room.close(); // for code that still has a reference
    }
    for (const node of [...this.lost]) if (isReleased(node)) this.lost.delete(node);
    this.#destroyed.release(isReleased);
  }

  /** Takes the names of destroyed rooms that another process has reserved until now. */
  takeDestroyed(destroyed: readonly DestroyedRoom[]): void {
    this.#destroyed.take(destroyed);
  }

  /** Takes the numbers of stored rooms: other processes create and remove rooms too. */
  recount(all: number, byDomain: ReadonlyMap<string, number>): void {
    this.#counts.set(all, byDomain);
  }

  /** Returns an unpredictable, unused name for a new room (XEP-0307). Refuses users who may not create rooms. */
  uniqueName(creator: string): Result<string> {
    if (!this.#mayCreate(creator)) return refuse(errors.notAllowed(say`You may not create rooms here`));
    const name = this.environment.newId();
    return this.#mayName(name, creator) ? ok(name) : refuse(BAD_NAME);
  }

  /**
   * Creates a locked room whose owner is the creator. Refuses if the name is that of a destroyed room, if the user may
   * not create rooms, and if a limit is reached.
   */
  create(node: string, creator: string): Result<Room> {
    const refusal = this.#refuseCreation(node, creator);
    if (refusal) return refuse(refusal);
    const room = this.#make(node, creator, [creator]);
    room.effects.journal.push(...this.#destroyed.forget(node));
    return ok(room);
  }

  /**
   * Creates a room that `configure` unlocks, for an administrator who names its owners (bare JIDs). Refuses what `create` and
   * `configure` refuse; then nothing has happened.
   */
  createFor(
    administrator: string,
    node: string,
    owners: readonly string[],
    configure: (room: Room) => Result<unknown>,
  ): { readonly outcome: Result<undefined>; readonly effects: Effects } {
    const nothing = new Effects(node);
    const refusal = this.#refuseCreation(node, administrator);
    if (refusal) return { outcome: refuse(refusal), effects: nothing };
    const room = this.#make(node, administrator, owners);
    let outcome: Result<unknown>;
    try {
      outcome = configure(room);
      if (outcome.kind !== "refused" && !room.closed) {
        const effects = room.takeEffects();
        effects.journal.push(...this.#destroyed.forget(node));
        return { outcome: ok(undefined), effects };
      }
    } catch (error) {
      this.#options.faulted?.(error, node);
      outcome = refuse(RULES_FAILED);
    }
    this.#rooms.delete(node);
    this.#counts.remove(room);
    room.leaveMemory();
    room.close(); // for code that still has a reference
    return { outcome: outcome.kind === "refused" ? outcome : refuse(TEMPORARY), effects: nothing };
  }

  #refuseCreation(node: string, creator: string): StanzaError | undefined {
    const destroyed = this.#destroyed.refuse(node, creator);
    if (destroyed) return destroyed;
    if (!this.#mayCreate(creator)) return errors.notAllowed(say`You may not create rooms here`);
    if (!this.#mayName(node, creator)) return BAD_NAME;
    if (this.count >= this.#options.maxRooms)
      return errors.resourceConstraint(say`This service has reached its maximum number of rooms`);
    if (!this.#hasShareLeft(creator))
      return errors.resourceConstraint(say`Users of your domain have created too many rooms`);
    if (!this.#countCreation(creator))
      return errors.resourceConstraint(say`You have created too many rooms. Try again later`);
    return undefined;
  }

  /** Makes a locked room. */
  #make(node: string, creator: string, owners: readonly string[]): Room {
    const { persistent, public: isPublic } = this.#options.defaults;
    const config = {
      ...this.#options.defaults,
      persistent: persistent && this.environment.access.mayPersist(creator),
      public: isPublic && this.environment.access.mayPublish(creator),
    };
    const room = new Room(this.environment, {
      node,
      config,
      locked: true,
      subject: undefined,
      affiliations: owners.map((jid) => ({ jid, affiliation: "owner", reason: undefined, nick: undefined })),
      notes: creatorNotes(creator),
    });
    this.#counts.add(room);
    this.#created.set(room, { creator, at: this.environment.elapsed() });
    room.effects.journal.push({ kind: "room-stored", room: room.record() });
    this.#rooms.set(node, room);
    return room;
  }

  #mayCreate(creator: string): boolean {
    return this.#options.mayCreateRooms(creator) || this.environment.isServiceAdmin(creator);
  }

  #mayName(node: string, creator: string): boolean {
    return (this.#options.isAllowedName?.(node) ?? true) || this.environment.isServiceAdmin(creator);
  }

  /** Returns the error gone, if a room of that name was destroyed and the name is not free yet. */
  goneFor(node: string, bareJid: string): StanzaError | undefined {
    return this.#destroyed.refuse(node, bareJid);
  }

  /**
   * Returns true if the creator's domain may have one more room. Prevents one server's users from using up all rooms.
   */
  #hasShareLeft(creator: string): boolean {
    const { roomsPerDomain = 0, isLocal } = this.#options;
    if (roomsPerDomain === 0 || this.environment.isServiceAdmin(creator) || isLocal?.(creator)) return true;
    return this.#counts.ofDomain(domainOf(creator)) < roomsPerDomain;
  }

  /** Counts a creation. Returns false if the user's hourly limit is reached (XEP-0045 section 14.6). */
  #countCreation(creator: string): boolean {
    if (this.environment.isServiceAdmin(creator)) return true;
    return this.#creations.take(creator, this.#options.roomsPerHour, this.environment.elapsed());
  }

  /** Takes a creation back when its room is removed, unless the name stays taken by a tombstone. */
  #uncountCreation(room: Room): void {
    const created = this.#created.get(room);
    if (!created || room.destroyed) return;
    this.#creations.giveBack(created.creator, created.at, this.environment.elapsed());
  }

  /** Removes a closed room from memory and keeps its tombstone, if any. Returns the journal entries. */
  #forget(room: Room): JournalEntry[] {
    this.#rooms.delete(room.node);
    const { node, renamedTo: to, config } = room;
    const destroyed = room.destroyed ? this.#destroyed.remember(room.destroyed) : [];
    if (to !== undefined)
      return [{ kind: "room-renamed", node, to, config }, ...destroyed, ...this.#destroyed.forget(to)];
    this.#counts.remove(room);
    this.#uncountCreation(room);
    return [{ kind: "room-removed", node: room.node }, ...destroyed];
  }

  /**
   * Runs an action on a room and returns the effects. If it throws, reports the exception and returns the effects up to
   * then.
   */
  runIn(room: Room, action: (room: Room) => void): Effects {
    try {
      action(room);
      return this.takeEffects(room);
    } catch (error) {
      this.#options.faulted?.(error, room.node);
      return this.salvage(room);
    }
  }

  /**
   * Cleans up after an exception and returns the effects up to then, so that memory, store and clients agree. If that
   * throws too, removes the room from memory and drops its changes that are not stored yet.
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
      room.close(); // for code that still has a reference
      return new Effects(room.node);
    }
  }

  /** Takes the effects of a room, and removes it if it is closed. No other method does that. */
  takeEffects(room: Room): Effects {
    const effects = room.takeEffects();
    if (room.closed) effects.journal.push(...this.#forget(room));
    return effects;
  }

  /** Drops the caches of quiet rooms and ends what has a time; call it every few seconds. */
  passTime(): Effects {
    const quietSince = this.environment.elapsed() - QUIET_MS;
    return this.#inEach((room) => {
      if (room.usedAt < quietSince) room.dropCaches();
      endWhatIsOver(room);
      this.#lists.check(room);
    });
  }

  /** Removes the occupants whom the lists of the service ban, after a change of the lists. */
  removeListed(): Effects {
    return this.#inEach((room) => this.#lists.check(room));
  }

  /** Ends the pending requests between occupants before the service pauses, or before some of its rooms do. */
  suspend(isMeant: (node: string) => boolean = () => true): Effects {
    const effects = new Effects();
    for (const room of this.all())
      if (isMeant(room.node)) effects.append(this.runIn(room, (paused) => endRequests(paused)));
    return effects;
  }

  /** Removes all occupants from all rooms with status 332, when the service ends and its rooms with it. */
  shutDown(): Effects {
    return this.#inEach((room) => {
      for (const occupant of [...room.occupants.values()]) {
        occupant.announced = false; // the others leave at the same time
        removeOccupant(room, occupant, { statuses: [332] });
      }
    });
  }

  /** Runs an action on each room in memory and returns all effects. */
  #inEach(action: (room: Room) => void): Effects {
    const effects = new Effects();
    for (const room of this.all()) if (!this.isFrozen(room.node)) effects.append(this.runIn(room, action));
    return effects;
  }
}

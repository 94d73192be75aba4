import type { Affiliation, Role } from "../model/affiliation.ts";
import type { ClientPresence } from "../model/client-presence.ts";
import { Effects } from "../model/effects.ts";
import type { AffiliationRecord, MovedRoom, RoomChange, RoomRecord } from "../model/journal.ts";
import { NicknameMap } from "../model/nickname-map.ts";
import { RoomPresences } from "../model/presence-budget.ts";
import { type RoomConfig, sharingDefaults } from "../model/room-config.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import { SmallMap } from "../model/small-map.ts";
import type { Subject } from "../model/subject.ts";
import { NicknameIndex } from "./nickname-index.ts";
import { type MutableOccupant, type Occupant, sessionRecords } from "./occupant.ts";
import { OccupantIndex } from "./occupant-index.ts";
import type { RoomObserver } from "./room-observer.ts";

/** Only `Room` writes to occupants. */
const mutable = (occupant: Occupant): MutableOccupant => occupant as MutableOccupant;

/**
 * The state of one room. The rules are functions in the folders beside this one; each works on a room. What the store
 * keeps of a room is private here: it changes through `change`, `note` and the methods for occupants, which journal it.
 */
export class Room {
  readonly node: string;
  readonly address: string;
  readonly environment: RoomEnvironment;
  /** When the room came into memory, as `RoomEnvironment.elapsed`. */
  readonly loadedAt: number;
  /** When somebody last sent it something, as `RoomEnvironment.elapsed`. */
  usedAt: number;
  /** What single features keep on a room (room-slot.ts). */
  readonly slots = new SmallMap<string, object>();
  /** What features derive from a room, by their name (room-slot.ts). */
  readonly observers = new SmallMap<string, RoomObserver>();
  #config: RoomConfig;
  #locked: boolean;
  #subject: Subject | undefined;
  #closed = false;
  #destroyed: MovedRoom | undefined;
  readonly #notes = new SmallMap<string, string>();
  readonly #affiliations = new SmallMap<string, AffiliationRecord>();
  readonly #occupants = new NicknameMap<Occupant>();
  readonly #sessions = new SmallMap<string, Occupant>();
  readonly #presences: RoomPresences;
  /** Bare JIDs, by the nickname that is reserved for them. */
  readonly #reservations = new NicknameMap<string>();
  /** Indexes, rebuilt on demand. */
  #byUser: OccupantIndex | undefined;
  #nicknames: NicknameIndex | undefined = new NicknameIndex();
  /** What changed since the effects were taken last, and what is to be done before they are taken. */
  #changedOccupants: Set<Occupant> | undefined;
  #changedNotes: Set<string> | undefined;
  #deferred: Map<object, () => void> | undefined;
  #effects: Effects | undefined;

  /** Makes a room from its record, without the clients of the record: restore-room.ts lets those in. */
  constructor(environment: RoomEnvironment, record: Omit<RoomRecord, "sessions">) {
    this.environment = environment;
    this.node = record.node;
    this.address = `${record.node}@${environment.domain}`;
    this.#config = sharingDefaults(record.config);
    this.#locked = record.locked;
    this.#subject = record.subject;
    this.loadedAt = environment.elapsed();
    this.usedAt = this.loadedAt;
    this.#presences = new RoomPresences(environment.presences);
    for (const affiliation of record.affiliations) this.#setAffiliation(affiliation);
    for (const [name, text] of record.notes) this.#notes.set(name, text);
  }

  get config(): RoomConfig {
    return this.#config;
  }

  /** Whether the room is locked until its creator has configured it (section 10.1.1). */
  get locked(): boolean {
    return this.#locked;
  }

  get subject(): Subject | undefined {
    return this.#subject;
  }

  /** Whether the room is to be forgotten: destroyed, or temporary and empty. */
  get closed(): boolean {
    return this.#closed;
  }

  /** What is remembered of a destroyed room while its name is not free. */
  get destroyed(): MovedRoom | undefined {
    return this.#destroyed;
  }

  /** Texts that single features keep, by name. */
  get notes(): ReadonlyMap<string, string> {
    return this.#notes;
  }

  /** By bare JID, or by domain for bans. Nobody with affiliation "none" is in it. */
  get affiliations(): ReadonlyMap<string, AffiliationRecord> {
    return this.#affiliations;
  }

  /** By nickname. */
  get occupants(): ReadonlyMap<string, Occupant> {
    return this.#occupants;
  }

  /** By full JID. */
  get sessions(): ReadonlyMap<string, Occupant> {
    return this.#sessions;
  }

  /** The room as the store keeps it. */
  record(): RoomRecord {
    const { node, config, locked, subject } = this;
    const sessions = [...this.occupants.values()].flatMap(sessionRecords);
    const affiliations = [...this.affiliations.values()];
    return { node, config, locked, subject, affiliations, notes: new Map(this.#notes), sessions };
  }

  /** The effects since they were taken last. */
  get effects(): Effects {
    this.#effects ??= new Effects(this.node);
    return this.#effects;
  }

  /** Takes the effects, with the journal entries of notes and occupants that changed. */
  takeEffects(): Effects {
    const { node } = this;
    for (const act of this.#deferred?.values() ?? []) act();
    this.#deferred = undefined;
    for (const name of this.#changedNotes ?? [])
      this.effects.journal.push({ kind: "note-changed", node, name, text: this.notes.get(name) });
    for (const occupant of this.#changedOccupants ?? []) this.#journalSessions(occupant);
    this.#changedNotes = undefined;
    this.#changedOccupants = undefined;
    const { effects } = this;
    this.#effects = undefined;
    return effects;
  }

  /** Does something once, before the effects are taken, however often it is asked for with this key. */
  beforeEffects(key: object, act: () => void): void {
    this.#deferred ??= new Map();
    this.#deferred.set(key, act);
  }

  /** Makes a change and journals it. */
  change(change: RoomChange): void {
    this.#apply(change);
    this.effects.journal.push({ ...change, node: this.node });
  }

  #apply(change: RoomChange): void {
    switch (change.kind) {
      case "config-changed":
        this.#config = sharingDefaults(change.config);
        this.#locked = change.locked;
        for (const observer of this.observers.values()) observer.configChanged?.();
        return;
      case "subject-changed":
        this.#subject = change.subject;
        return;
      case "affiliation-changed":
        this.#setAffiliation(change.record);
        return;
      case "message-archived":
      case "message-retracted":
      case "private-retracted":
        return; // The archive is in the store only.
    }
  }

  /** Changes the text that a feature keeps under a name; `undefined` removes it. */
  note(name: string, text: string | undefined): void {
    if (text === this.#notes.get(name)) return;
    if (text === undefined) this.#notes.delete(name);
    else this.#notes.set(name, text);
    for (const observer of this.observers.values()) observer.noteChanged?.();
    this.#changedNotes ??= new Set();
    this.#changedNotes.add(name);
  }

  #setAffiliation(record: AffiliationRecord): void {
    const { jid, affiliation, nick } = record;
    const before = this.#affiliations.get(jid)?.nick;
    if (before !== undefined) {
      this.#nicknames?.remove(before, jid);
      if (this.#reservations.get(before) === jid) this.#reservations.delete(before);
    }
    if (affiliation === "none") this.#affiliations.delete(jid);
    else this.#affiliations.set(jid, record);
    if (affiliation !== "none" && nick !== undefined) {
      this.#nicknames?.add(nick, jid);
      this.#reservations.set(nick, jid);
    }
    for (const observer of this.observers.values()) observer.affiliationChanged?.(jid, before);
  }

  /** Closes the room; `destroyed` is remembered of it. */
  close(destroyed?: MovedRoom): void {
    this.#closed = true;
    this.#destroyed = destroyed;
  }

  /** Closes a temporary or locked room that nobody is in. */
  closeIfAbandoned(): void {
    if (this.occupants.size === 0 && (!this.config.persistent || this.locked)) this.#closed = true;
  }

  /** Takes the room out of memory with its occupants: their presence counts no longer. */
  leaveMemory(): void {
    this.#presences.clear();
  }

  /** Drops a busy room's caches; they are rebuilt on demand. */
  dropCaches(): void {
    this.#byUser = undefined;
    for (const [name, { isCache }] of [...this.observers]) if (isCache) this.observers.delete(name);
  }

  /** Prepares for the departure of many: indexes are then cheaper to rebuild than to keep up. */
  expectDepartures(count: number): void {
    if (count <= this.occupants.size / 2) return;
    this.#byUser = undefined;
    this.#nicknames = undefined;
    for (const observer of this.observers.values()) observer.manyLeaving?.();
  }

  /** Puts an occupant without clients, or one that gave up its nickname, into the room under a nickname. */
  addOccupant(occupant: Occupant, nick = occupant.nick): void {
    mutable(occupant).nick = nick;
    this.#occupants.set(nick, occupant);
    this.#byUser?.add(occupant);
    for (const observer of this.observers.values()) observer.occupantAdded?.(occupant);
    this.#nicknames?.add(nick, occupant.bareJid);
    if (occupant.sessions.size > 0) this.#markChanged(occupant);
  }

  /** Frees the nickname of an occupant, whose clients stay in the room until it has another or is removed. */
  vacateNickname(occupant: Occupant): void {
    this.#occupants.delete(occupant.nick);
    if (this.closed) return; // Nothing is looked up any more.
    this.#byUser?.remove(occupant);
    for (const observer of this.observers.values()) observer.occupantRemoved?.(occupant);
    this.#nicknames?.remove(occupant.nick, occupant.bareJid);
  }

  /** Removes an occupant and its clients, which it still names for those who are told. */
  removeOccupant(occupant: Occupant): void {
    this.vacateNickname(occupant);
    for (const jid of occupant.sessions.keys()) this.#dismiss(jid);
    mutable(occupant).role = "none";
  }

  /** Takes over the presence of one of the occupant's clients, new or known: it is the occupant's latest. */
  setPresence(occupant: Occupant, jid: string, { payload, language }: ClientPresence): void {
    const { sessions } = mutable(occupant);
    const before = sessions.get(jid);
    sessions.delete(jid); // The latest is last.
    sessions.set(jid, { ...before, jid, payload, language, isRestored: false });
    this.#admit(jid, occupant);
    this.#markChanged(occupant);
  }

  /** Puts back a client that the store has in the room. */
  restoreSession(occupant: Occupant, jid: string, presence: ClientPresence): void {
    mutable(occupant).sessions.set(jid, { jid, ...presence, isRestored: true });
    this.#admit(jid, occupant);
  }

  /** Removes one of several clients of an occupant. */
  removeSession(occupant: Occupant, jid: string): void {
    mutable(occupant).sessions.delete(jid);
    this.#dismiss(jid);
  }

  setRole(occupant: Occupant, role: Role): void {
    this.setAffiliationAndRole(occupant, occupant.affiliation, role);
  }

  /** Sets the affiliation that an occupant shows, and its role. */
  setAffiliationAndRole(occupant: Occupant, affiliation: Affiliation, role: Role): void {
    const state = mutable(occupant);
    if (state.affiliation === affiliation && state.role === role) return;
    state.affiliation = affiliation;
    state.role = role;
    this.#markChanged(occupant);
  }

  #admit(jid: string, occupant: Occupant): void {
    this.#sessions.set(jid, occupant);
    this.#presences.weigh(jid, occupant.sessions.get(jid)?.payload ?? "");
    for (const observer of this.observers.values()) observer.clientAdded?.(jid, occupant);
  }

  #dismiss(jid: string): void {
    this.#sessions.delete(jid);
    this.#presences.weigh(jid, "");
    if (this.closed) return; // The store removes the whole room.
    for (const observer of this.observers.values()) observer.clientRemoved?.(jid);
    this.effects.journal.push({ kind: "session-removed", node: this.node, jid });
  }

  #markChanged(occupant: Occupant): void {
    for (const observer of this.observers.values()) observer.occupantChanged?.(occupant);
    this.#changedOccupants ??= new Set();
    this.#changedOccupants.add(occupant);
  }

  #journalSessions(occupant: Occupant): void {
    const { node } = this;
    for (const session of sessionRecords(occupant))
      if (this.sessions.get(session.jid) === occupant)
        this.effects.journal.push({ kind: "session-stored", node, session });
  }

  /** Returns the affiliation of a user; a ban of the user's domain counts (section 9.2). */
  affiliationOf(bareJid: string): Affiliation {
    if (this.environment.isServiceAdmin(bareJid)) return "owner";
    const own = this.affiliations.get(bareJid)?.affiliation;
    if (own) return own;
    const domain = bareJid.slice(bareJid.indexOf("@") + 1);
    return this.affiliations.get(domain)?.affiliation === "outcast" ? "outcast" : "none";
  }

  get #nicknameIndex(): NicknameIndex {
    this.#nicknames ??= NicknameIndex.of(this.occupants.values(), this.affiliations.values());
    return this.#nicknames;
  }

  /** Returns the bare JID for which a nickname is reserved. */
  reservedFor(nick: string): string | undefined {
    return this.#reservations.get(nick);
  }

  /** Returns the bare JIDs of those who use or have reserved a nickname, or one that looks like it. */
  holdersOf(nick: string): string[] {
    return this.#nicknameIndex.holders(nick);
  }

  /** Whether a nickname looks like one that another user uses or has reserved. */
  isLookalike(nick: string, bareJid: string): boolean {
    return this.#nicknameIndex.resemblesAnothers(nick, bareJid);
  }

  /** Returns the occupants of a user: one, or several under several nicknames. */
  occupantsOf(bareJid: string): readonly Occupant[] {
    if (!this.#byUser) {
      this.#byUser = new OccupantIndex();
      for (const occupant of this.occupants.values()) this.#byUser.add(occupant);
    }
    return this.#byUser.of(bareJid);
  }

  occupantAddress(nick: string): string {
    return `${this.address}/${nick}`;
  }
}

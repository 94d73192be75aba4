import type { Affiliation, Role } from "../model/affiliation.ts";
import { banGroupOf, isOwnership } from "../model/ban-group.ts";
import type { ClientPresence } from "../model/client-presence.ts";
import { Effects } from "../model/effects.ts";
import { erasedBansNote, hasErasedBan } from "../model/erased-bans.ts";
import type { AffiliationRecord, DestroyedRoom, RoomChange, RoomRecord } from "../model/journal.ts";
import { NicknameMap } from "../model/nickname-map.ts";
import { RoomPresences } from "../model/presence-budget.ts";
import { type RoomConfig, sharingDefaults } from "../model/room-config.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import { factOccupant } from "../model/room-fact.ts";
import { SmallMap } from "../model/small-map.ts";
import type { Subject } from "../model/subject.ts";
import { type MutableOccupant, type Occupant, sessionRecords } from "./occupant.ts";
import { OccupantIndex } from "./occupant-index.ts";
import type { RoomObserver } from "./room-observer.ts";

/** Gives write access to an occupant; only for `Room`. */
const mutable = (occupant: Occupant): MutableOccupant => occupant as MutableOccupant;

/**
 * The state of one room. The rules are functions in the folders beside this one. State that the store has too is
 * private: it changes only through `change`, `note` and the methods for occupants, which journal it.
 */
export class Room {
  readonly node: string;
  readonly address: string;
  readonly environment: RoomEnvironment;
  /** Time when the room came into memory, as `RoomEnvironment.elapsed`. */
  readonly loadedAt: number;
  /** Time of the last stanza to the room, as `RoomEnvironment.elapsed`. */
  usedAt: number;
  /** State of single features, by name (room-slot.ts). */
  readonly slots = new SmallMap<string, object>();
  /** State that features derive from the room, by name (room-slot.ts). */
  readonly observers = new SmallMap<string, RoomObserver>();
  #config: RoomConfig;
  #locked: boolean;
  #subject: Subject | undefined;
  #closed = false;
  #destroyed: DestroyedRoom | undefined;
  #renamedTo: string | undefined;
  readonly #notes = new SmallMap<string, string>();
  readonly #affiliations = new SmallMap<string, AffiliationRecord>();
  readonly #occupants = new NicknameMap<Occupant>();
  readonly #sessions = new SmallMap<string, Occupant>();
  readonly #presences: RoomPresences;
  /** Rebuilt on demand. */
  #byUser: OccupantIndex | undefined;
  /** Changes since the effects were last taken, and actions to run before they are taken. */
  #changedOccupants: Set<Occupant> | undefined;
  #changedNotes: Set<string> | undefined;
  #deferred: Map<object, () => void> | undefined;
  #effects: Effects | undefined;

  /** Makes a room from its record, without its clients: restore-room.ts restores those. */
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

  /** True until the creator has configured the room (section 10.1.1). */
  get locked(): boolean {
    return this.#locked;
  }

  get subject(): Subject | undefined {
    return this.#subject;
  }

  /** True if the room was destroyed, or is empty and temporary or locked: it is then removed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Record of a destroyed room, which keeps its name reserved. */
  get destroyed(): DestroyedRoom | undefined {
    return this.#destroyed;
  }

  /** The node to which the store moves the closed room, instead of removing it. */
  get renamedTo(): string | undefined {
    return this.#renamedTo;
  }

  /** Texts that single features store with the room, by name. */
  get notes(): ReadonlyMap<string, string> {
    return this.#notes;
  }

  /** Affiliations by bare JID, or by domain for bans; without affiliation "none". */
  get affiliations(): ReadonlyMap<string, AffiliationRecord> {
    return this.#affiliations;
  }

  /** Occupants by nickname. */
  get occupants(): ReadonlyMap<string, Occupant> {
    return this.#occupants;
  }

  /** Occupants by full JID of their clients. */
  get sessions(): ReadonlyMap<string, Occupant> {
    return this.#sessions;
  }

  /** Returns the room's record for the store. */
  record(): RoomRecord {
    const { node, config, locked, subject } = this;
    const sessions = [...this.occupants.values()].flatMap(sessionRecords);
    const affiliations = [...this.affiliations.values()];
    return { node, config, locked, subject, affiliations, notes: new Map(this.#notes), sessions };
  }

  /** Effects since they were last taken. */
  get effects(): Effects {
    this.#effects ??= new Effects(this.node);
    return this.#effects;
  }

  /** Takes the effects, with journal entries for the notes and occupants that changed. */
  takeEffects(): Effects {
    const { node } = this;
    for (const action of this.#deferred?.values() ?? []) action();
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

  /** Schedules an action to run before the effects are taken: one per key, the last that was given. */
  beforeEffects(key: object, action: () => void): void {
    this.#deferred ??= new Map();
    this.#deferred.set(key, action);
  }

  /** Applies a change and journals it. */
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
      case "act-recorded":
        return; // Archives and records of acts are in the store only.
    }
  }

  /** Sets the text of a note; undefined removes it. The journal entry is made when the effects are taken. */
  note(name: string, text: string | undefined): void {
    if (text === this.#notes.get(name)) return;
    if (text === undefined) this.#notes.delete(name);
    else this.#notes.set(name, text);
    for (const observer of this.observers.values()) observer.noteChanged?.();
    this.#changedNotes ??= new Set();
    this.#changedNotes.add(name);
  }

  #setAffiliation(record: AffiliationRecord): void {
    const { jid, affiliation } = record;
    const before = this.#affiliations.get(jid)?.nick;
    if (affiliation === "none") this.#affiliations.delete(jid);
    else this.#affiliations.set(jid, record);
    for (const observer of this.observers.values()) observer.affiliationChanged?.(jid, before);
  }

  /** Closes the room. `destroyed`: the record to keep of it. `renamedTo`: the node under which it stays stored. */
  close(destroyed?: DestroyedRoom, renamedTo?: string): void {
    this.#closed = true;
    this.#destroyed = destroyed;
    this.#renamedTo = renamedTo;
  }

  /** Closes the room if it is empty, and temporary or locked. */
  closeIfAbandoned(): void {
    if (this.occupants.size === 0 && (!this.config.persistent || this.locked)) this.#closed = true;
  }

  /** Removes the occupants' presence from the memory budget, when the room leaves memory. */
  leaveMemory(): void {
    this.#presences.clear();
  }

  /** Drops a busy room's caches; they are rebuilt on demand. */
  dropCaches(): void {
    this.#byUser = undefined;
    for (const [name, { isCache }] of [...this.observers]) if (isCache) this.observers.delete(name);
  }

  /**
   * Prepares for many departures: if more than half leave, drops indexes, which are cheaper to rebuild than to update.
   */
  expectDepartures(count: number): void {
    if (count <= this.occupants.size / 2) return;
    this.#byUser = undefined;
    for (const observer of this.observers.values()) observer.manyLeaving?.();
  }

  /** Adds a new occupant under a nickname, or one whose nickname was vacated. */
  addOccupant(occupant: Occupant, nick = occupant.nick): void {
    mutable(occupant).nick = nick;
    this.#occupants.set(nick, occupant);
    this.#byUser?.add(occupant);
    for (const observer of this.observers.values()) observer.occupantAdded?.(occupant);
    if (occupant.sessions.size > 0) this.#markChanged(occupant);
  }

  /** Frees an occupant's nickname. Its clients stay in the room until it is added again or removed. */
  vacateNickname(occupant: Occupant): void {
    this.#occupants.delete(occupant.nick);
    if (this.closed) return; // Nobody uses the indexes any more.
    this.#byUser?.remove(occupant);
    for (const observer of this.observers.values()) observer.occupantRemoved?.(occupant);
  }

  /** Removes an occupant and its clients. `occupant.sessions` keeps them, for the presence that announces it. */
  removeOccupant(occupant: Occupant): void {
    this.vacateNickname(occupant);
    for (const jid of occupant.sessions.keys()) this.#dismiss(jid);
    mutable(occupant).role = "none";
  }

  /** Sets the presence of a client, new or known; it becomes the occupant's latest. */
  setPresence(occupant: Occupant, jid: string, { payload, language }: ClientPresence): void {
    const { sessions } = mutable(occupant);
    const before = sessions.get(jid);
    sessions.delete(jid); // The latest is last.
    sessions.set(jid, { ...before, jid, payload, language, isRestored: false });
    this.#admit(jid, occupant);
    this.#markChanged(occupant);
  }

  /** Restores a client from the store. */
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

  /** Sets the affiliation and role in an occupant's presence. The affiliation list changes through `change`. */
  setAffiliationAndRole(occupant: Occupant, affiliation: Affiliation, role: Role): void {
    const state = mutable(occupant);
    if (state.affiliation === affiliation && state.role === role) return;
    const isNewRole = state.role !== role;
    state.affiliation = affiliation;
    state.role = role;
    this.#markChanged(occupant);
    if (isNewRole && occupant.announced)
      this.effects.tell(
        { kind: "role-changed", occupant: factOccupant(occupant) },
        this.config.whois !== "anyone",
      );
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

  /** Returns the affiliation of a user. Includes service admins, lists of the service, and bans of domains (section 9.2). */
  affiliationOf(bareJid: string): Affiliation {
    if (this.environment.isServiceAdmin(bareJid)) return "owner";
    const standing = this.environment.access.standingOf(bareJid);
    if (standing === "barred" || standing === "refused") return "outcast";
    const own = this.#affiliationInForce(bareJid);
    if (own) return own;
    if (standing === "reported") return "outcast";
    if (this.environment.sharedBans.bans(this.node, bareJid, this.banGroup)) return "outcast";
    if (hasErasedBan(this.#notes.get(erasedBansNote.name), bareJid)) return "outcast";
    const domain = bareJid.slice(bareJid.indexOf("@") + 1);
    return this.#affiliationInForce(domain) === "outcast" ? "outcast" : "none";
  }

  /** Key of the group of rooms with which the room shares its bans, as its owners have named it. */
  get banGroup(): string | undefined {
    const { isServiceAdmin, now } = this.environment;
    return banGroupOf(this, (jid) => isServiceAdmin(jid) || isOwnership(this.affiliations.get(jid), now()));
  }

  /** Returns the affiliation of a key; undefined without one, or if it has ended. */
  #affiliationInForce(jid: string): Affiliation | undefined {
    const record = this.affiliations.get(jid);
    if (record?.until === undefined) return record?.affiliation;
    return record.until > this.environment.now() ? record.affiliation : undefined;
  }

  /** Returns the occupants of a user; several if the user's clients have different nicknames. */
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

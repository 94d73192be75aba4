import { recall } from "../archive/archive.ts";
import { limitsOf } from "../archive/archive-limits.ts";
import { History } from "../archive/history.ts";
import { RecentMessages } from "../archive/recent-messages.ts";
import { Activity } from "../messages/activity.ts";
import { PrivateMessages } from "../messages/bounced-private-message.ts";
import { recallForSlowMode } from "../messages/slow-mode.ts";
import type { Affiliation, Role } from "../model/affiliation.ts";
import { keyedAffiliations } from "../model/affiliation-keys.ts";
import { Effects } from "../model/effects.ts";
import type {
  AffiliationRecord,
  ArchivedMessage,
  JournalEntry,
  MovedRoom,
  RoomRecord,
} from "../model/journal.ts";
import { NicknameMap } from "../model/nickname-map.ts";
import { RoomPresences } from "../model/presence-budget.ts";
import { RateLimiter } from "../model/rate-limiter.ts";
import { type RoomConfig, sharingDefaults } from "../model/room-config.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import { SmallMap } from "../model/small-map.ts";
import type { Subject } from "../model/subject.ts";
import { type AddressDoubt, doubtAddress } from "../occupants/address-check.ts";
import { Audience } from "../permissions/audience.ts";
import { seesRealJids } from "../permissions/visibility.ts";
import { sendRoster } from "../presence/presence.ts";
import { Roster } from "../presence/roster.ts";
import { PendingRequests } from "../requests/pending-requests.ts";
import { MemberIds } from "./member-ids.ts";
import { NicknameIndex } from "./nickname-index.ts";
import { type Occupant, restoreSession, sessionRecords } from "./occupant.ts";
import { OccupantIndex } from "./occupant-index.ts";

const HOUR = 3_600_000;

/** The state of one room. The rules are the functions of the files beside this one; each works on a room. */
export class Room {
  readonly node: string;
  readonly address: string;
  readonly environment: RoomEnvironment;
  config: RoomConfig;
  subject: Subject | undefined;
  readonly history = new History();
  readonly recentMessages = new RecentMessages();
  readonly privateMessages = new PrivateMessages();
  readonly activity: Activity;
  /** When users have spoken last (as `RoomEnvironment.elapsed`), by bare JID: as far as slow mode needs it. */
  readonly lastMessages = new SmallMap<string, number>();
  readonly registrationRequests = new RateLimiter(HOUR, 1_000);
  /** Locked until its creator has configured it (section 10.1.1). */
  locked: boolean;
  /** When somebody sent it something last, as `RoomEnvironment.elapsed`. */
  usedAt: number;
  /** Set when the room is to be forgotten: destroyed, or temporary and empty. */
  closed = false;
  /** What is remembered of it, if it was destroyed and its name is not free. */
  moved: MovedRoom | undefined;
  readonly #affiliations = new SmallMap<string, AffiliationRecord>();
  /** By bare JID (or by domain, for bans); changed through `setAffiliation`. Nobody with affiliation "none" is in it. */
  readonly affiliations: ReadonlyMap<string, AffiliationRecord> = this.#affiliations;
  /** What single concerns keep, by their name; changed through `note`. */
  readonly notes = new SmallMap<string, string>();
  readonly #occupants = new NicknameMap<Occupant>();
  /** By nickname; changed through `seat` and `unseat`. */
  readonly occupants: ReadonlyMap<string, Occupant> = this.#occupants;
  readonly #sessions = new SmallMap<string, Occupant>();
  readonly #presences: RoomPresences;
  /** By full JID; changed through `addClient` and `removeClient`. */
  readonly sessions: ReadonlyMap<string, Occupant> = this.#sessions;
  /** Made when it is wanted, as are the following. */
  #byUser: OccupantIndex | undefined;
  #roster: Roster | undefined;
  /** Of a room that shows real JIDs to everybody, or does not (`whois`). */
  #audience: { readonly list: Audience; readonly whois: RoomConfig["whois"] } | undefined;
  #nicknames: NicknameIndex | undefined = new NicknameIndex();
  #memberIds: MemberIds | undefined;
  /** Bare JIDs, by the nickname that is reserved for them. */
  readonly #reservations = new NicknameMap<string>();
  /** By nickname: occupants of whom it is not known whether the server carries their address. */
  readonly addressDoubts = new NicknameMap<AddressDoubt>();
  /** Requests between occupants that wait for their answer. */
  readonly requests = new PendingRequests();
  /** Occupants, and names of notes, that have changed since the effects were taken last. */
  #touched: Set<Occupant> | undefined;
  #noted: Set<string> | undefined;
  /** Those who are to be shown the others. */
  #curious: Set<Occupant> | undefined;
  #effects: Effects | undefined;

  constructor(environment: RoomEnvironment, node: string, config: RoomConfig, locked: boolean) {
    this.environment = environment;
    this.node = node;
    this.address = `${node}@${environment.domain}`;
    this.config = config;
    this.locked = locked;
    this.usedAt = environment.elapsed();
    this.#presences = new RoomPresences(environment.presences);
    this.activity = new Activity(this.usedAt);
  }

  /** A room as it was stored, with those who are in it and the latest of its discussion. */
  static restore(
    environment: RoomEnvironment,
    record: RoomRecord,
    discussion: readonly ArchivedMessage[],
  ): Room {
    const room = new Room(environment, record.node, sharingDefaults(record.config), record.locked);
    room.subject = record.subject;
    for (const affiliation of keyedAffiliations(record.affiliations)) room.setAffiliation(affiliation);
    for (const [name, text] of record.notes) room.notes.set(name, text);
    for (const session of record.sessions) restoreSession(room, session);
    for (const occupant of room.occupants.values()) doubtAddress(room, occupant);
    for (const message of discussion) {
      recall(room, message);
      recallForSlowMode(room, message);
    }
    return room;
  }

  record(): RoomRecord {
    const { node, config, locked, subject, notes } = this;
    const sessions = [...this.occupants.values()].flatMap(sessionRecords);
    const affiliations = [...this.affiliations.values()];
    return { node, config, locked, subject, affiliations, notes: new Map(notes), sessions };
  }

  /** What has come about since they were taken last. */
  get effects(): Effects {
    this.#effects ??= new Effects(this.node);
    return this.#effects;
  }

  /** The effects since the last call. */
  takeEffects(): Effects {
    const { node } = this;
    for (const occupant of this.#curious ?? []) this.#showOthers(occupant);
    this.#curious = undefined;
    for (const name of this.#noted ?? [])
      this.keep({ kind: "note-changed", node, name, text: this.notes.get(name) });
    for (const occupant of this.#touched ?? []) this.#keepSessions(occupant);
    this.#noted = undefined;
    this.#touched = undefined;
    const { effects } = this;
    this.#effects = undefined;
    return effects;
  }

  /** Journals a change. */
  keep(entry: JournalEntry): void {
    this.effects.journal.push(entry);
  }

  /** Tells that an occupant has changed in what is kept of it: nickname, role or presence. */
  touch(occupant: Occupant): void {
    this.#roster?.changed(occupant);
    this.#touched ??= new Set();
    this.#touched.add(occupant);
  }

  /** Has an occupant who sees real JIDs now shown the others when all changes are made: many may be given that sight at once. */
  showOthersTo(occupant: Occupant): void {
    this.#curious ??= new Set();
    this.#curious.add(occupant);
  }

  #showOthers(occupant: Occupant): void {
    if (this.occupants.get(occupant.nick) !== occupant || !seesRealJids(this, occupant)) return;
    for (const session of occupant.sessions.keys()) sendRoster(this, occupant, session);
  }

  #keepSessions(occupant: Occupant): void {
    const { node } = this;
    for (const session of sessionRecords(occupant)) {
      if (this.sessions.get(session.jid) !== occupant) continue;
      this.#presences.weigh(session.jid, session.payload);
      this.keep({ kind: "session-stored", node, session });
    }
  }

  /** The room leaves memory with those who are in it: their presence takes nothing there any more. */
  leaveMemory(): void {
    this.#presences.clear();
  }

  /** Whom the room speaks to. */
  get audience(): Audience {
    const { whois } = this.config;
    if (this.#audience?.whois === whois) return this.#audience.list;
    const list = new Audience();
    for (const [jid, occupant] of this.sessions) list.enter(jid, occupant, seesRealJids(this, occupant));
    this.#audience = { list, whois };
    return list;
  }

  /** What others see of the occupants. */
  get roster(): Roster {
    this.#roster ??= new Roster(this);
    return this.#roster;
  }

  /** Lets go of what a lively room has made to be quick; it is made anew when it is wanted. */
  rest(): void {
    this.#audience = undefined;
    this.#byUser = undefined;
    this.#roster = undefined;
  }

  /** Puts a client on the list, as one of an occupant. */
  addClient(jid: string, occupant: Occupant): void {
    this.#sessions.set(jid, occupant);
    this.#presences.weigh(jid, occupant.sessions.get(jid)?.payload ?? "");
    this.#audience?.list.enter(jid, occupant, seesRealJids(this, occupant));
  }

  /** Gives an occupant a role, and with it the sight that comes with it. */
  setRole(occupant: Occupant, role: Role): void {
    const sawJids = seesRealJids(this, occupant);
    occupant.role = role;
    const seesJids = seesRealJids(this, occupant);
    if (seesJids === sawJids) return;
    for (const jid of occupant.sessions.keys()) this.#audience?.list.enter(jid, occupant, seesJids);
  }

  /** Takes a client off the list; its occupant is the caller's matter. */
  removeClient(jid: string): void {
    this.#sessions.delete(jid);
    this.#presences.weigh(jid, "");
    if (this.closed) return; // what is kept of it goes with the room
    this.#audience?.list.leave(jid);
    this.#roster?.changed();
    this.keep({ kind: "session-removed", node: this.node, jid });
  }

  /** Keeps a text for one concern, under its name; `undefined` forgets it. */
  note(name: string, text: string | undefined): void {
    if (text === this.notes.get(name)) return;
    if (text === undefined) this.notes.delete(name);
    else this.notes.set(name, text);
    this.#roster?.changed();
    this.#noted ??= new Set();
    this.#noted.add(name);
  }

  /** Closes a room that nobody is in, unless it is kept. */
  closeIfAbandoned(): void {
    if (this.occupants.size === 0 && (!this.config.persistent || this.locked)) this.closed = true;
  }

  /** The affiliation of a user; a ban of the user's domain counts (section 9.2). */
  affiliationOf(bareJid: string): Affiliation {
    if (this.environment.isServiceAdmin(bareJid)) return "owner";
    const own = this.affiliations.get(bareJid)?.affiliation;
    if (own) return own;
    const domain = bareJid.slice(bareJid.indexOf("@") + 1);
    return this.affiliations.get(domain)?.affiliation === "outcast" ? "outcast" : "none";
  }

  /** Sets a user's affiliation and reserved nickname; "none" takes the user off the list. */
  setAffiliation(record: AffiliationRecord): void {
    const { jid, affiliation, nick } = record;
    const before = this.#affiliations.get(jid)?.nick;
    if (before !== undefined) {
      this.#nicknames?.remove(before, jid);
      if (this.#reservations.get(before) === jid) this.#reservations.delete(before);
      this.#memberIds?.remove(jid);
    }
    if (affiliation === "none") {
      this.#affiliations.delete(jid);
      return;
    }
    this.#affiliations.set(jid, record);
    if (nick === undefined) return;
    this.#nicknames?.add(nick, jid);
    this.#reservations.set(nick, jid);
    this.#memberIds?.add(jid);
  }

  /** Puts somebody into the room under its nickname. */
  seat(occupant: Occupant): void {
    this.#occupants.set(occupant.nick, occupant);
    this.#byUser?.add(occupant);
    this.#roster?.seated(occupant);
    this.#nicknames?.add(occupant.nick, occupant.bareJid);
  }

  /** Takes somebody who is seated out of the room, or away from its nickname. */
  unseat(occupant: Occupant): void {
    this.#occupants.delete(occupant.nick);
    this.addressDoubts.delete(occupant.nick);
    if (this.closed) return; // nobody will ask for more
    this.#byUser?.remove(occupant);
    this.#roster?.forget(occupant);
    this.#nicknames?.remove(occupant.nick, occupant.bareJid);
  }

  /** So many are about to be taken out: what is then made sooner than kept up is made anew when it is wanted. */
  expectDepartures(count: number): void {
    if (count <= this.occupants.size / 2) return;
    this.#byUser = undefined;
    this.#roster = undefined;
    this.#nicknames = undefined;
  }

  get #nicknameIndex(): NicknameIndex {
    this.#nicknames ??= NicknameIndex.of(this.occupants.values(), this.affiliations.values());
    return this.#nicknames;
  }

  /** The occupant identifiers of those with a reserved nickname. */
  get memberIds(): MemberIds {
    this.#memberIds ??= new MemberIds(this);
    return this.#memberIds;
  }

  /** Whom a nickname is reserved for, by bare JID. */
  reservedFor(nick: string): string | undefined {
    return this.#reservations.get(nick);
  }

  /** Who uses or has reserved a nickname, or one that looks like it, by bare JID. */
  holdersOf(nick: string): string[] {
    return this.#nicknameIndex.holders(nick);
  }

  /** Whether a nickname looks like one that somebody else uses or has reserved. */
  isLookalike(nick: string, bareJid: string): boolean {
    return this.#nicknameIndex.resemblesAnothers(nick, bareJid);
  }

  /** The occupants that a user has in the room: one, or several under several nicknames. */
  occupantsOf(bareJid: string): readonly Occupant[] {
    if (!this.#byUser) {
      this.#byUser = new OccupantIndex();
      for (const occupant of this.occupants.values()) this.#byUser.add(occupant);
    }
    return this.#byUser.of(bareJid);
  }

  /** The most messages of history that the room gives (section 7.2.14). */
  get historyLength(): number {
    const { messages } = limitsOf(this);
    const most = Math.min(this.config.historyLength, this.environment.limits.historyLength);
    return messages === 0 ? most : Math.min(most, messages);
  }

  occupantAddress(nick: string): string {
    return `${this.address}/${nick}`;
  }
}

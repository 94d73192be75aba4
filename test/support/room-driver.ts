import type { ActionRates } from "../../src/muc/model/action-rates.ts";
import { Effects, type StoreQuery } from "../../src/muc/model/effects.ts";
import type { DestroyedRoom, JournalEntry, RoomRecord } from "../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG, type RoomConfig } from "../../src/muc/model/room-config.ts";
import type { RoomEnvironment } from "../../src/muc/model/room-environment.ts";
import { RoomRegistry } from "../../src/muc/service/registry.ts";
import { RoomCounts } from "../../src/muc/service/room-counts.ts";
import { Router } from "../../src/router.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { child, type Element, parse } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { readStanza, refuseAddress } from "../../src/xmpp/stanza.ts";
import { outgoingOf, storeQueriesOf, writeOutgoing } from "./effects.ts";
import { recordsOf } from "./records-of.ts";
import { type Limits, PAGES, roomEnvironment } from "./room-environment.ts";

export const ROOM = "coven@chat.example";
export const OWNER = "crone1@shakespeare.example/desktop";
export const MEMBER = "hag66@shakespeare.example/pda";
export const OTHER = "hecate@shakespeare.example/broom";

export interface DriverOptions {
  defaults?: Partial<RoomConfig>;
  records?: RoomRecord[];
  /** Counts of stored rooms. The default is the number of records. */
  stored?: RoomCounts;
  destroyed?: DestroyedRoom[];
  admins?: string[];
  mayCreateRooms?: (jid: string) => boolean;
  isAllowedName?: (node: string) => boolean;
  maxRooms?: number;
  roomsPerHour?: number;
  rates?: ActionRates;
  roomsPerDomain?: number;
  isLocal?: (jid: string) => boolean;
  contacts?: Record<string, string[]>;
  /** Limits that differ from `LIMITS`. */
  limits?: Partial<Limits>;
  /** Replaces parts of the driver's own environment. */
  environment?: Partial<RoomEnvironment>;
  /** Called for faults of the rules. Without it they fail the test. */
  faulted?: (error: unknown) => void;
  /** Called for damaged parts of stored rooms. Without it they fail the test. */
  damaged?: (problem: string) => void;
}

/** Drives the rules with stanzas, and collects their output and journal. */
export class Driver {
  readonly registry: RoomRegistry;
  readonly router: Router;
  readonly journal: JournalEntry[] = [];
  readonly #kept: JournalEntry[] = [];
  /** The time. Advancing it lets time pass; `setClock` does not. */
  now = Date.UTC(2026, 0, 1);
  /** Milliseconds by which the clock was set forward. */
  #clockError = 0;
  #ids = 0;
  readonly #options: DriverOptions;

  constructor(options: DriverOptions = {}) {
    this.#options = options;
    const given = {
      now: () => this.now,
      elapsed: () => this.now - this.#clockError,
      newId: () => `id-${++this.#ids}`,
      isServiceAdmin: (jid: string) => options.admins?.includes(jid) ?? false,
    };
    const environment = { ...roomEnvironment(given, options.limits), ...options.environment };
    const registryOptions = {
      defaults: { ...DEFAULT_ROOM_CONFIG, ...options.defaults },
      maxRooms: options.maxRooms ?? 10,
      roomsPerHour: options.roomsPerHour ?? 1000,
      mayCreateRooms: options.mayCreateRooms ?? (() => true),
      ...(options.rates && { rates: options.rates }),
      ...(options.roomsPerDomain !== undefined && { roomsPerDomain: options.roomsPerDomain }),
      ...(options.isLocal && { isLocal: options.isLocal }),
      ...(options.isAllowedName && { isAllowedName: options.isAllowedName }),
      faulted: options.faulted ?? rethrow,
      damaged: options.damaged ?? rethrow,
    };
    this.registry = new RoomRegistry(
      environment,
      registryOptions,
      options.destroyed,
      options.stored ?? new RoomCounts(options.records?.length),
    );
    for (const room of options.records ?? []) {
      this.registry.restore(room);
      this.#kept.push({ kind: "room-stored", room });
    }
    const facts = {
      name: "Chatrooms",
      version: "1.2.3",
      contacts: options.contacts ?? {},
      now: () => this.now,
      memory: () => 64 * 1024 * 1024,
    };
    this.router = new Router(this.registry, facts, options.faulted ?? rethrow);
  }

  /** Sends one stanza from `from`. Returns everything that the service sends, in order. */
  send(from: string, xml: string): Element[] {
    return this.written(this.routed(from, xml));
  }

  /** Sets the clock forward or back by so many milliseconds. No time passes. */
  setClock(by: number): void {
    this.now += by;
    this.#clockError += by;
  }

  /** Returns the effects of one stanza, which are not committed yet. */
  routed(from: string, xml: string): Effects {
    const element = parse(xml);
    element.attrs.from = from;
    const stanza = readStanza(element);
    return stanza ? this.router.route(stanza) : refuseUnread(element);
  }

  /** Commits effects and returns what they send. */
  written(effects: Effects): Element[] {
    this.journal.push(...effects.journal);
    this.#kept.push(...effects.journal);
    const texts = outgoingOf(effects).map(writeOutgoing);
    const sent = parse(`<stream xmlns="jabber:client">${texts.join("")}</stream>`).getChildElements();
    return [...sent, ...storeQueriesOf(effects).flatMap((storeQuery) => this.answer(storeQuery))];
  }

  /** Runs a store query and returns what follows from it. */
  answer(storeQuery: StoreQuery): Element[] {
    const found = storeQuery.read(recordsOf(this.store()));
    if (found instanceof Promise) throw new Error("what is kept in memory comes at once");
    return this.written(found);
  }

  /** Returns the service after a restart, with what was committed. */
  restarted(): Driver {
    const store = this.store();
    const stored = new RoomCounts(store.countRooms(), store.countRoomsByDomain());
    const driver = new Driver({
      ...this.#options,
      records: [],
      destroyed: store.loadDestroyedRooms(),
      stored,
    });
    driver.now = this.now;
    driver.#ids = this.#ids;
    driver.#kept.push(...this.#kept);
    for (const node of store.nodes(undefined, 100)) {
      const record = store.loadRoom(node);
      if (record) driver.registry.restore(record, store.latestDiscussion(node, 100));
    }
    return driver;
  }

  /** Returns a store with everything that was committed. */
  store(): SqliteStore {
    const store = new SqliteStore(IN_MEMORY, this.#options.damaged ?? rethrow);
    store.commit(this.#kept);
    return store;
  }

  /** Closes a room that is in memory. */
  end(node: string): void {
    const room = this.registry.get(node);
    if (!room) throw new Error(`no room ${node}`);
    room.close();
    this.registry.takeEffects(room);
  }

  join(from: string, nick: string, content = "", room = ROOM): Element[] {
    return this.send(
      from,
      `<presence id="join" to="${room}/${nick}"><x xmlns="${NS.muc}">${content}</x></presence>`,
    );
  }

  leave(from: string, nick: string): Element[] {
    return this.send(from, `<presence type="unavailable" to="${ROOM}/${nick}"/>`);
  }

  say(from: string, body: string): Element[] {
    return this.send(from, `<message id="say" type="groupchat" to="${ROOM}"><body>${body}</body></message>`);
  }

  admin(from: string, items: string): Element[] {
    return this.send(
      from,
      `<iq type="set" id="admin" to="${ROOM}"><query xmlns="${NS.mucAdmin}">${items}</query></iq>`,
    );
  }

  configure(from: string, fields: Record<string, string | string[]> = {}): Element[] {
    const all = { FORM_TYPE: NS.mucRoomConfig, ...fields };
    const written = Object.entries(all).map(([name, values]) => {
      const list = [values].flat().map((value) => `<value>${value}</value>`);
      return `<field var="${name}">${list.join("")}</field>`;
    });
    return this.owner(from, `<x xmlns="jabber:x:data" type="submit">${written.join("")}</x>`);
  }

  owner(from: string, content: string, type = "set"): Element[] {
    return this.send(
      from,
      `<iq type="${type}" id="owner" to="${ROOM}"><query xmlns="${NS.mucOwner}">${content}</query></iq>`,
    );
  }

  register(from: string, nick: string): Element[] {
    const field = (name: string, value: string) => `<field var="${name}"><value>${value}</value></field>`;
    const form = field("FORM_TYPE", NS.mucRegister) + field("muc#register_roomnick", nick);
    return this.send(
      from,
      `<iq type="set" id="register" to="${ROOM}"><query xmlns="${NS.register}"><x xmlns="jabber:x:data" type="submit">${form}</x></query></iq>`,
    );
  }

  unregister(from: string): Element[] {
    return this.send(
      from,
      `<iq type="set" id="unregister" to="${ROOM}"><query xmlns="${NS.register}"><remove/></query></iq>`,
    );
  }
}

/** Returns the effects of a stanza with an invalid address. */
function refuseUnread(element: Element): Effects {
  const refusal = refuseAddress(element);
  if (refusal === undefined) throw new Error(`no stanza: ${element}`);
  const effects = new Effects();
  effects.send(refusal);
  return effects;
}

function rethrow(error: unknown): never {
  throw error;
}

/** Returns a driver with an unlocked room of OWNER ("firstwitch"), configured with these fields. */
export function openRoom(
  fields: Record<string, string | string[]> = {},
  options: DriverOptions = {},
): Driver {
  const driver = new Driver(options);
  driver.join(OWNER, "firstwitch");
  driver.configure(OWNER, fields);
  return driver;
}

/** Options of a service with public pages. */
export const WITH_PAGES: DriverOptions = { environment: { pages: PAGES } };

/** Like `openRoom`, with MEMBER as "thirdwitch". */
export function withMember(
  fields: Record<string, string | string[]> = {},
  options: DriverOptions = {},
): Driver {
  const driver = openRoom(fields, options);
  driver.join(MEMBER, "thirdwitch");
  return driver;
}

/** Like `openRoom`, with MEMBER as "thirdwitch" and OTHER as "hecate". */
export function withThree(
  fields: Record<string, string | string[]> = {},
  options: DriverOptions = {},
): Driver {
  const driver = withMember(fields, options);
  driver.join(OTHER, "hecate");
  return driver;
}

/** Describes a stanza in a line: kind, type, sender's nickname (@ for the room), recipient, status codes and item. */
export function brief(stanza: Element): string {
  const x = child(stanza, "x", NS.mucUser);
  const item = x && child(x, "item", NS.mucUser);
  const codes = (x?.getChildren("status") ?? []).map((status) => status.attrs.code);
  const error = child(stanza, "error")?.getChildElements()[0]?.getName();
  const parts = [
    stanza.getName(),
    stanza.attrs.type,
    (stanza.attrs.from ?? "").split("/")[1] ?? "@",
    ">",
    (stanza.attrs.to ?? "").split("@")[0],
    error,
    item && `${item.attrs.affiliation}/${item.attrs.role}`,
    item?.attrs.jid && "jid",
    item?.attrs.nick && `nick=${item.attrs.nick}`,
    codes.length > 0 ? codes.join(",") : undefined,
  ];
  return parts.filter(Boolean).join(" ");
}

/** Returns the stanzas to one user, by the start of its address. */
export function sentTo(stanzas: readonly Element[], jid: string): Element[] {
  return stanzas.filter((stanza) => stanza.attrs.to === jid);
}

/** Returns "type/condition" of a stanza's error. */
export function errorOf(stanza: Element | undefined): string | undefined {
  const error = stanza && child(stanza, "error");
  return error && `${error.attrs.type}/${error.getChildElements()[0]?.getName()}`;
}

/** Returns the attributes of the items of a muc#admin list, or the error as "type/condition". */
export function adminList(driver: Driver, from: string, item: string) {
  const query = `<query xmlns="${NS.mucAdmin}">${item}</query>`;
  const [reply] = driver.send(from, `<iq type="get" id="l" to="${ROOM}">${query}</iq>`);
  return (
    errorOf(reply) ??
    reply
      ?.getChild("query")
      ?.getChildren("item")
      .map((el) => el.attrs)
  );
}

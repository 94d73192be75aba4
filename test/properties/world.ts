// The service's rules over a store, driven by plain stanzas, and everything that each client was told.

import { Effects, type StoreQuery } from "../../src/muc/model/effects.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";
import type { RoomEnvironment } from "../../src/muc/model/room-environment.ts";
import type { Room } from "../../src/muc/room/room.ts";
import { RoomRegistry } from "../../src/muc/service/registry.ts";
import { Router } from "../../src/router.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { parse } from "../../src/xmpp/element.ts";
import { readStanza, type Stanza } from "../../src/xmpp/stanza.ts";
import { type Outgoing, outgoingOf, storeQueriesOf, writeOutgoing } from "../support/effects.ts";
import { recordsOf } from "../support/records-of.ts";
import { PAGES, roomEnvironment } from "../support/room-environment.ts";
import { ADMIN, GUEST } from "./cast.ts";
import { LIMITS, RATES } from "./protection.ts";
import type { Node } from "./strict-xml.ts";
import { newTold, type Told } from "./told.ts";

/** A request passed on to an occupant and not answered yet, with the addresses that its answer must have. */
export interface Waiting {
  readonly from: string;
  readonly to: string;
  readonly id: string | undefined;
}

/** A step: a client sends a stanza, time passes, or the service restarts. */
export type Step =
  | { readonly kind: "stanza"; readonly from: string; readonly xml: string }
  | { readonly kind: "time"; readonly seconds: number }
  | { readonly kind: "restart" };

/** Results of one step. */
export interface Outcome {
  /** Undefined if the step is no stanza, or a stanza without usable addresses. */
  readonly stanza: Stanza | undefined;
  readonly outgoing: readonly Outgoing[];
  /** True if the step wrote to the store. */
  readonly isJournaled: boolean;
  /** Addresses of the sessions in each room before the step, by room address. */
  readonly before: ReadonlyMap<string, ReadonlySet<string>>;
}

const registryOptions = {
  defaults: DEFAULT_ROOM_CONFIG,
  maxRooms: 3,
  roomsPerHour: 50,
  mayCreateRooms: (jid: string) => jid !== GUEST,
  rates: RATES,
};

/** Throws. Rules must not fail, and everything they store must be readable again. */
const fail = (problem: unknown): never => {
  throw problem instanceof Error ? problem : new Error(String(problem));
};

export class World {
  registry: RoomRegistry;
  readonly store = new SqliteStore(IN_MEMORY, fail);
  readonly environment: RoomEnvironment;
  /** Requests between occupants that are not answered yet. */
  readonly waiting: Waiting[] = [];
  #router: Router;
  #now = Date.UTC(2026, 0, 1);
  #ids = 0;
  /** Live messages as occupants received them, in order, by room address and stanza-id. */
  readonly live = new Map<string, Map<string, Node>>();
  /** Addresses of rooms that were without an archive at some time. Their history is not in the store. */
  readonly unarchived = new Set<string>();
  readonly #told = new Map<string, Map<string, Told>>();

  constructor() {
    const given = {
      now: () => this.#now,
      elapsed: () => this.#now,
      newId: () => `id-${++this.#ids}`,
      isServiceAdmin: (jid: string) => jid === ADMIN,
    };
    const environment = roomEnvironment(given, {
      occupantsPerRoom: 5,
      historyLength: 4,
      archivePage: 5,
      ...LIMITS,
    });
    this.environment = { ...environment, pages: PAGES };
    this.registry = this.restored();
    this.#router = this.#newRouter();
  }

  /** Returns the rooms that a start of the service would restore from the store. */
  restored(): RoomRegistry {
    const registry = new RoomRegistry(this.environment, { ...registryOptions, faulted: fail, damaged: fail });
    for (const node of this.store.nodes(undefined, 10)) {
      const record = this.store.loadRoom(node);
      if (record) registry.restore(record, this.store.latestDiscussion(node, 4));
    }
    return registry;
  }

  #newRouter(): Router {
    const facts = {
      name: "Chatrooms",
      version: "1.2.3",
      contacts: {},
      now: () => this.#now,
      memory: () => 0,
    };
    return new Router(this.registry, facts, (error) => {
      throw error;
    });
  }

  rooms(): Room[] {
    return [...this.registry.all()];
  }

  /** Returns a client's knowledge of a room. */
  told(room: string, client: string): Told {
    let clients = this.#told.get(room);
    if (!clients) {
      clients = new Map();
      this.#told.set(room, clients);
    }
    let told = clients.get(client);
    if (!told) {
      told = newTold();
      clients.set(client, told);
    }
    return told;
  }

  /** Returns all clients' knowledge, by room and client. */
  allTold(): ReadonlyMap<string, ReadonlyMap<string, Told>> {
    return this.#told;
  }

  run(step: Step): Outcome {
    const before = new Map(this.rooms().map((room) => [room.address, new Set(room.sessions.keys())]));
    let stanza: Stanza | undefined;
    let effects = new Effects();
    if (step.kind === "time") {
      this.#now += step.seconds * 1000;
      effects = this.registry.passTime();
    }
    if (step.kind === "stanza") {
      const element = parse(step.xml);
      element.attrs.from = step.from;
      stanza = readStanza(element);
      if (stanza) effects = this.#router.route(stanza);
    }
    if (step.kind === "restart") effects = this.registry.suspend();
    this.store.commit(effects.journal);
    if (step.kind === "restart") {
      this.registry = this.restored();
      this.#router = this.#newRouter();
    }
    for (const storeQuery of storeQueriesOf(effects)) this.#answer(storeQuery, effects);
    const isJournaled = effects.journal.length > 0;
    return { stanza, outgoing: outgoingOf(effects), isJournaled, before };
  }

  /** Adds the effects of a store query. */
  #answer(storeQuery: StoreQuery, effects: Effects): void {
    const found = storeQuery.read(recordsOf(this.store)) as Effects;
    this.store.commit(found.journal);
    effects.append(found);
  }
}

/** Returns the text of an outgoing stanza for one recipient. */
export function writeFor(entry: Outgoing, to: string): string {
  return typeof entry === "string" ? entry : writeOutgoing({ ...entry, to: [to] });
}

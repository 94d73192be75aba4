// The service's rules with a store behind them, driven by plain stanzas, and what every client has been told.

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
import { roomEnvironment } from "../support/room-environment.ts";
import { ADMIN, GUEST } from "./cast.ts";
import type { Node } from "./strict-xml.ts";
import { newTold, type Told } from "./told.ts";

/** A request that was passed on to an occupant and is not answered yet: as its answer must be addressed. */
export interface Waiting {
  readonly from: string;
  readonly to: string;
  readonly id: string | undefined;
}

/** What happens next: a client sends a stanza, time passes, or the service is stopped and started. */
export type Step =
  | { readonly kind: "stanza"; readonly from: string; readonly xml: string }
  | { readonly kind: "time"; readonly seconds: number }
  | { readonly kind: "restart" };

/** What one step has brought about. */
export interface Outcome {
  /** Undefined where the step is no stanza, or one without usable addresses. */
  readonly stanza: Stanza | undefined;
  readonly outgoing: readonly Outgoing[];
  /** Whether the store was told of something. */
  readonly isJournaled: boolean;
  /** Addresses of the sessions that were in each room before, by room address. */
  readonly before: ReadonlyMap<string, ReadonlySet<string>>;
}

const registryOptions = {
  defaults: DEFAULT_ROOM_CONFIG,
  maxRooms: 3,
  roomsPerHour: 50,
  mayCreateRooms: (jid: string) => jid !== GUEST,
};

/** Neither do the rules fail, nor is anything that they keep refused when it is read. */
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
  /** What occupants of each room got as it was said, by room address and stanza-id, in its order. */
  readonly live = new Map<string, Map<string, Node>>();
  /** Addresses of the rooms that have been without an archive, so that their history is not in the store. */
  readonly unarchived = new Set<string>();
  readonly #told = new Map<string, Map<string, Told>>();

  constructor() {
    const given = {
      now: () => this.#now,
      elapsed: () => this.#now,
      newId: () => `id-${++this.#ids}`,
      isServiceAdmin: (jid: string) => jid === ADMIN,
    };
    this.environment = roomEnvironment(given, { occupantsPerRoom: 5, historyLength: 4, archivePage: 5 });
    this.registry = this.restored();
    this.#router = this.#newRouter();
  }

  /** What a start of the service would find in the store. */
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

  /** What a client has been told of a room. */
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

  /** Everything that clients have been told, by room and client. */
  allTold(): ReadonlyMap<string, ReadonlyMap<string, Told>> {
    return this.#told;
  }

  run(step: Step): Outcome {
    const before = new Map(this.rooms().map((room) => [room.address, new Set(room.sessions.keys())]));
    let stanza: Stanza | undefined;
    let effects = new Effects();
    if (step.kind === "time") this.#now += step.seconds * 1000;
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

  /** Adds what an storeQuery brings about. */
  #answer(storeQuery: StoreQuery, effects: Effects): void {
    const found = storeQuery.read(recordsOf(this.store)) as Effects;
    this.store.commit(found.journal);
    effects.append(found);
  }
}

/** An outgoing stanza as text for one recipient. */
export function writeFor(entry: Outgoing, to: string): string {
  return typeof entry === "string" ? entry : writeOutgoing({ ...entry, to: [to] });
}

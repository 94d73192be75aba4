// The model: the service's own rules in this process, without a store. Nothing kills it.

import { randomUUID } from "node:crypto";
import type { Config } from "../../src/config/config.ts";
import type {
  ArchivedMessage,
  DestroyedRoom,
  JournalEntry,
  RoomRecord,
} from "../../src/muc/model/journal.ts";
import { PresenceBudget } from "../../src/muc/model/presence-budget.ts";
import { RateLimiter } from "../../src/muc/model/rate-limiter.ts";
import { RefusalCounts } from "../../src/muc/model/refusal-counts.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";
import type { RoomEnvironment } from "../../src/muc/model/room-environment.ts";
import { OPEN_ACCESS } from "../../src/muc/model/service-access.ts";
import { NO_SHARED_BANS } from "../../src/muc/model/shared-bans.ts";
import type { Room } from "../../src/muc/room/room.ts";
import { RoomRegistry } from "../../src/muc/service/registry.ts";
import { RoomCounts } from "../../src/muc/service/room-counts.ts";
import { Router } from "../../src/router.ts";
import { parse } from "../../src/xmpp/element.ts";
import { readStanza } from "../../src/xmpp/stanza.ts";
import { outgoingOf, writeOutgoing } from "../support/effects.ts";
import { StanzaSplitter } from "./stanza-splitter.ts";

/** Everything to store under one node. The archive is the first `archived` messages of a list that only grows. */
export interface Kept {
  readonly room: RoomRecord | undefined;
  readonly destroyed: DestroyedRoom | undefined;
  readonly archive: readonly ArchivedMessage[];
  readonly archived: number;
}

export const NOTHING: Kept = { room: undefined, destroyed: undefined, archive: [], archived: 0 };

/** The result of one stanza: the state to store, and the output in order. */
export interface Consequence {
  readonly node: string;
  readonly kept: Kept;
  readonly written: readonly string[];
}

export class Model {
  readonly #config: Config;
  #environment: RoomEnvironment;
  readonly #kept = new Map<string, Kept>();
  #registry: RoomRegistry;
  #router: Router;

  constructor(config: Config) {
    this.#config = config;
    this.#environment = this.#newEnvironment();
    this.#registry = this.#newRegistry([], 0);
    this.#router = this.#newRouter();
  }

  room(node: string): Room | undefined {
    return this.#registry.get(node);
  }

  kept(node: string): Kept {
    return this.#kept.get(node) ?? NOTHING;
  }

  /** Handles a stanza to a room. */
  take(xml: string): Consequence {
    const stanza = readStanza(parse(xml));
    const node = stanza?.to.local;
    if (!stanza || node === undefined) throw new Error(`no stanza to a room: ${xml}`);
    const effects = this.#router.route(stanza);
    const before = this.kept(node);
    let { destroyed, archive } = before;
    let archived = before.archived;
    for (const entry of effects.journal) {
      if (entry.kind === "room-stored" || entry.kind === "room-removed") [archive, archived] = [[], 0];
      if (entry.kind === "message-archived") {
        archive = archived === archive.length ? archive : archive.slice(0, archived);
        (archive as ArchivedMessage[]).push(entry.message);
        archived += 1;
      }
      destroyed = destroyedAfter(entry, destroyed);
    }
    const kept = { room: this.room(node)?.record(), destroyed, archive, archived };
    this.#kept.set(node, kept);
    const written = new StanzaSplitter().take(outgoingOf(effects).map(writeOutgoing).join(""));
    return { node, kept, written };
  }

  /** Returns to the stored state, as a start of the service does. */
  restart(all: ReadonlyMap<string, Kept>): void {
    for (const [node, kept] of all) this.#kept.set(node, kept);
    this.#environment = this.#newEnvironment();
    const everything = [...this.#kept.values()];
    this.#registry = this.#newRegistry(
      everything.flatMap(({ destroyed }) => destroyed ?? []),
      everything.filter(({ room }) => room).length,
    );
    for (const { room, archive, archived } of everything) {
      if (!room) continue;
      const discussion = archive.slice(0, archived).filter(({ kind }) => kind === "discussion");
      this.#registry.restore(room, discussion.slice(-this.#environment.limits.historyLength));
    }
    this.#router = this.#newRouter();
  }

  /** Counters of rates and presences begin again with the process, as those of the service do. */
  #newEnvironment(): RoomEnvironment {
    const config = this.#config;
    return {
      now: Date.now,
      elapsed: () => performance.now(),
      newId: randomUUID,
      language: "en",
      domain: config.component.domain,
      isServiceAdmin: (jid) => config.service.admins.includes(jid),
      access: OPEN_ACCESS,
      invitations: new RateLimiter(3_600_000),
      abuseContacts: [],
      abuseReports: new RateLimiter(3_600_000),
      presences: new PresenceBudget(),
      refusals: new RefusalCounts(),
      limits: config.limits,
      archive: config.archive,
      sharedBans: NO_SHARED_BANS,
      reservedNicknames: { has: () => false },
      fixedOptions: [],
      joinWithoutExtension: config.rooms.joinWithoutExtension,
      pages: undefined,
      tombstoneDays: config.rooms.tombstoneDays,
    };
  }

  #newRegistry(destroyed: readonly DestroyedRoom[], rooms: number): RoomRegistry {
    const { rooms: settings, limits } = this.#config;
    const defaults = { ...DEFAULT_ROOM_CONFIG, ...settings.defaults };
    const options = {
      defaults,
      maxRooms: limits.rooms,
      roomsPerHour: Number.POSITIVE_INFINITY,
      mayCreateRooms: () => true,
      faulted(error: unknown): never {
        throw error;
      },
    };
    return new RoomRegistry(this.#environment, options, destroyed, new RoomCounts(rooms));
  }

  #newRouter(): Router {
    const { name, contacts } = this.#config.service;
    const facts = { name, contacts, version: "", now: Date.now, memory: () => 0 };
    return new Router(this.#registry, facts, (error) => {
      throw error;
    });
  }
}

function destroyedAfter(entry: JournalEntry, before: DestroyedRoom | undefined): DestroyedRoom | undefined {
  if (entry.kind === "room-destroyed") return entry.destroyed;
  return entry.kind === "destroyed-room-forgotten" ? undefined : before;
}

// The running service as operations use it.
import type { Outbox } from "./connection/outbox.ts";
import type { EventSource } from "./events/event-source.ts";
import type { Effects } from "./muc/model/effects.ts";
import { RULES_FAILED } from "./muc/model/outcome.ts";
import type { Records } from "./muc/model/records.ts";
import type { Room } from "./muc/room/room.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import {
  type BanKeeper,
  type BlocklistSource,
  type OperationService,
  ROOM_MOVES,
  type ServiceControl,
  type StatusSource,
} from "./operations/operation-service.ts";
import { TokenKeeper } from "./operations/tokens/token-keeper.ts";
import type { RoomLoader } from "./room-loader.ts";
import type { Store } from "./storage/store.ts";
import { writeBackup } from "./transfer/backup.ts";
import type { Webhooks } from "./webhooks/webhooks.ts";
import { ok, type Result, refuse } from "./xmpp/result.ts";
import { errors } from "./xmpp/stanza-error.ts";
import { say } from "./xmpp/text.ts";

const IS_ROOM = errors.conflict(say`There is a room of this name already`);
const ELSEWHERE = errors.serviceUnavailable(
  say`Another process of this service would serve the room under its new name: choose another name`,
);
const NO_ROOM = errors.itemNotFound(say`This service has no such room`);

interface LiveParts {
  readonly registry: RoomRegistry;
  readonly records: Records;
  readonly store: Store;
  readonly status: StatusSource;
  readonly control: ServiceControl;
  readonly events: EventSource;
  readonly bans: BanKeeper;
  readonly blocklists: BlocklistSource;
  readonly webhooks: Webhooks;
  readonly loader: Pick<RoomLoader, "whenLoaded">;
  readonly outbox: Pick<Outbox, "add" | "whenCommitted">;
}

export class LiveService implements OperationService {
  readonly #parts: LiveParts;
  readonly registry: RoomRegistry;
  readonly records: Records;
  readonly store: Store;
  readonly status: StatusSource;
  readonly control: ServiceControl;
  readonly events: EventSource;
  readonly bans: BanKeeper;
  readonly blocklists: BlocklistSource;
  readonly webhooks: Webhooks;
  readonly tokens: TokenKeeper;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.registry = parts.registry;
    this.records = parts.records;
    this.store = parts.store;
    this.status = parts.status;
    this.control = parts.control;
    this.events = parts.events;
    this.bans = parts.bans;
    this.blocklists = parts.blocklists;
    this.webhooks = parts.webhooks;
    this.tokens = new TokenKeeper(parts.store);
  }

  async inRoom<T>(node: string, rule: (room: Room) => Result<T>): Promise<Result<T>> {
    if (this.registry.isFrozen(node)) return refuse(ROOM_MOVES);
    return this.#whenLoaded(node, () => this.#runIn(node, rule));
  }

  async createRoom(
    node: string,
    administrator: string,
    owners: readonly string[],
    rule: (room: Room) => Result<unknown>,
  ): Promise<Result<undefined>> {
    if (this.registry.isFrozen(node)) return refuse(ROOM_MOVES);
    return this.#whenLoaded(node, () => {
      if (this.registry.isFrozen(node)) return refuse(ROOM_MOVES);
      if (this.registry.get(node)) return refuse(IS_ROOM);
      const { outcome, effects } = this.registry.createFor(administrator, node, owners, rule);
      this.#parts.outbox.add(effects);
      return outcome;
    });
  }

  async inRoomWithFree<T>(node: string, free: string, rule: (room: Room) => Result<T>): Promise<Result<T>> {
    if (this.registry.isFrozen(free)) return refuse(ELSEWHERE);
    const isFree = await this.#whenLoaded(free, () => ok(this.registry.get(free) === undefined));
    if (isFree.kind === "refused") return isFree;
    if (!isFree.value) return refuse(IS_ROOM);
    // A room that was created meanwhile is in memory.
    return this.inRoom(node, (room) => {
      if (this.registry.isFrozen(free)) return refuse(ELSEWHERE);
      return this.registry.get(free) ? refuse(IS_ROOM) : rule(room);
    });
  }

  async apply(effects: Effects): Promise<void> {
    this.#parts.outbox.add(effects);
    await this.#parts.outbox.whenCommitted();
  }

  async writeBackup(path: string): Promise<string | undefined> {
    try {
      await writeBackup(this.store, path);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Acts when a room, if there is one, is in memory. Resolves when everything until then is committed. */
  async #whenLoaded<T>(node: string, act: () => Result<T>): Promise<Result<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Result<T>>();
    this.#parts.loader.whenLoaded(node, (fault) => {
      try {
        if (fault !== undefined) reject(fault);
        else resolve(act());
      } catch (error) {
        reject(error);
      }
    });
    const outcome = await promise;
    await this.#parts.outbox.whenCommitted();
    return outcome;
  }

  #runIn<T>(node: string, rule: (room: Room) => Result<T>): Result<T> {
    if (this.registry.isFrozen(node)) return refuse(ROOM_MOVES);
    const room = this.registry.get(node);
    if (!room) return refuse(NO_ROOM);
    let outcome: Result<T> | undefined;
    const effects = this.registry.runIn(room, () => {
      outcome = rule(room);
    });
    this.#parts.outbox.add(effects);
    return outcome && !this.registry.lost.has(node) ? outcome : refuse(RULES_FAILED);
  }
}

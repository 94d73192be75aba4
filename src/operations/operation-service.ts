import type { EventSource } from "../events/event-source.ts";
import type { Effects } from "../muc/model/effects.ts";
import type { Records } from "../muc/model/records.ts";
import type { Room } from "../muc/room/room.ts";
import type { RoomRegistry } from "../muc/service/registry.ts";
import type { ServiceBan } from "../storage/account-table.ts";
import type { Store } from "../storage/store.ts";
import type { Webhooks } from "../webhooks/webhooks.ts";
import type { Result } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import type { TokenKeeper } from "./tokens/token-keeper.ts";

/** Refusal of an operation on a room that this process does not serve now. */
export const ROOM_MOVES = errors.resourceConstraint(
  say`No process serves this room at the moment. Try again`,
);

/** The running service, as operations use it. */
export interface OperationService {
  readonly registry: RoomRegistry;
  /** Records of the store, with the occupants of now. */
  readonly records: Records;
  readonly store: Store;
  readonly status: StatusSource;
  readonly control: ServiceControl;
  readonly bans: BanKeeper;
  readonly blocklists: BlocklistSource;
  /** Events of the rooms of this process. */
  readonly events: EventSource;
  readonly webhooks: Webhooks;
  /** Tokens of the HTTP API. */
  readonly tokens: TokenKeeper;
  /**
   * Runs a rule on a room, in the order of the room's stanzas. Resolves when what it has changed is committed. Refuses with
   * `item-not-found` if there is no such room, and with `ROOM_MOVES` if another process serves it.
   */
  inRoom<T>(node: string, rule: (room: Room) => Result<T>): Promise<Result<T>>;
  /**
   * Creates a room with the given owners (bare JIDs) in the name of an administrator, and lets a rule configure it. Refuses with
   * `conflict` if there is one; if the rule refuses, no room is created.
   */
  createRoom(
    node: string,
    administrator: string,
    owners: readonly string[],
    rule: (room: Room) => Result<unknown>,
  ): Promise<Result<undefined>>;
  /** Runs `inRoom` a rule that needs another name of the service to be free. Refuses with `conflict` if it is a room's. */
  inRoomWithFree<T>(node: string, free: string, rule: (room: Room) => Result<T>): Promise<Result<T>>;
  /** Commits and sends effects that belong to no room. Resolves when they are committed. */
  apply(effects: Effects): Promise<void>;
  /** Copies the database to a new file. Resolves with the problem if that fails. */
  writeBackup(path: string): Promise<string | undefined>;
}

/** Lists of users that others keep: the operator, and other services. */
export interface BlocklistSource {
  /** Returns the lists of the configuration. */
  configured(): { readonly [list in "entry" | "creation" | "everything"]: readonly string[] };
  /** Returns the lists of other services: hashes in each, users found in it, and failures since it was read. */
  subscribed(): readonly {
    readonly list: string;
    readonly hashes: number;
    readonly hits: number;
    readonly failures: number;
  }[];
}

/** Bans of users (bare JIDs) and domains from all rooms. */
export interface BanKeeper {
  /** Returns the bans after an account, in their order. */
  list(after: string, max: number): ServiceBan[];
  /** Resolves when the ban is stored. */
  ban(ban: ServiceBan): Promise<void>;
  /** Resolves with false if there is no such ban. */
  unban(account: string): Promise<boolean>;
  /** Keeps the ban of an account, if there is one, by a hash alone. */
  erase(bareJid: string): Promise<void>;
}

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The service as a whole. */
export interface ServiceControl {
  /**
   * Announces a text in all rooms, for an administrator (bare JID). Resolves with the number of rooms, and of processes that have
   * not answered. Refuses while rooms are loading.
   */
  announce(
    text: string,
    by: string,
  ): Promise<Result<{ readonly rooms: number; readonly silentNodes: number }>>;
  counters(): Promise<Counters>;
  /** Loads the configuration again, as SIGHUP does. With problems, nothing is changed. */
  reload(): Reloaded;
  /** The level of the log from now on. */
  logLevel: LogLevel;
}

/** Figures of all processes that serve the domain. */
export interface Counters {
  readonly rooms: number;
  readonly roomsInMemory: number;
  readonly occupants: number;
  readonly clients: number;
  readonly messages: number;
  readonly memoryMiB: number;
  readonly nodes: number;
  readonly silentNodes: number;
}

/** Settings that apply at once, those that need a restart, and what is wrong with the configuration. */
export interface Reloaded {
  readonly applied: readonly string[];
  readonly afterRestart: readonly string[];
  readonly problems: readonly string[];
}

/** Facts about the process and its link. */
export interface StatusSource {
  readonly version: string;
  /** Name of the storage, without secrets. */
  readonly storage: string;
  readonly isOnline: boolean;
  /** Seconds since the start. */
  readonly uptime: number;
  /** Bytes of memory in use. */
  readonly memory: number;
  /** Messages to rooms since the start. */
  readonly messages: number;
  /** Bytes that wait for a commit, and for their turn to be written. */
  readonly waiting: { readonly commit: number; readonly turn: number };
}

import type { EventSource } from "../events/event-source.ts";
import type { Effects } from "../muc/model/effects.ts";
import type { Records } from "../muc/model/records.ts";
import type { Room } from "../muc/room/room.ts";
import type { RoomRegistry } from "../muc/service/registry.ts";
import type { Store } from "../storage/store.ts";
import type { Result } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import type { TokenKeeper } from "./tokens/token-keeper.ts";

/** Refusal of an operation on a room that this process does not serve now. */
export const ROOM_MOVES = errors.resourceConstraint("No process serves this room at the moment. Try again");

/** The running service, as operations use it. */
export interface OperationService {
  readonly registry: RoomRegistry;
  /** Records of the store, with the occupants of now. */
  readonly records: Records;
  readonly store: Store;
  readonly status: StatusSource;
  /** Events of the rooms of this process. */
  readonly events: EventSource;
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

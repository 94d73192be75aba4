import { existsSync } from "node:fs";
import type { Logger } from "pino";
import type { StorageConfig } from "../config/config.ts";
import type { ListedRoom } from "../muc/model/records.ts";
import type { Lease, StandbyOptions } from "./lease.ts";
import type { PostgresClusterTables } from "./postgres/cluster-tables.ts";
import type { OnDamage } from "./row-schemas.ts";
import { stateOf } from "./sqlite/check.ts";
import { IN_MEMORY, SqliteStore } from "./sqlite/store.ts";
import { openThreadedStore } from "./sqlite/threaded-store.ts";
import type { StorageError, Store } from "./store.ts";

/** Checks whether a store exists there; rejects with `StorageError` if that cannot be found out. */
export async function hasStore(storage: StorageConfig): Promise<boolean> {
  if (storage.kind === "memory") return false;
  if (storage.kind === "sqlite") return existsSync(storage.path);
  const { PostgresStore } = await import("./postgres/store.ts");
  return PostgresStore.exists(storage.url);
}

/**
 * Opens the store of a configuration; rejects with `StorageError`. With a log, the store waits for a database server that
 * cannot be reached. `onDamage` gets a description of each damaged row, which is left out.
 */
export async function openStore(storage: StorageConfig, log?: Logger, onDamage?: OnDamage): Promise<Store> {
  if (storage.kind === "memory") return new SqliteStore(IN_MEMORY, onDamage);
  if (storage.kind === "sqlite") {
    if (stateOf(storage.path) === "left-large")
      log?.warn(
        { path: storage.path },
        "the database was not closed properly and is too large to check now: check it with sqlite3 and PRAGMA quick_check",
      );
    return openThreadedStore(storage.path, onDamage);
  }
  const { PostgresStore } = await import("./postgres/store.ts");
  return PostgresStore.open(storage.url, log, { onDamage });
}

/** A store that several processes use at once. */
export interface SharedStore {
  readonly tables: PostgresClusterTables;
  /** Reads the public rooms of all processes that have occupants. */
  occupiedListed(): Promise<ListedRoom[]>;
  /** Opens the connections that the first rooms would wait for. Never rejects. */
  warmUp(): Promise<void>;
}

/** How a process shares a PostgreSQL database with others: it takes over from one that ends, or serves beside them. */
export interface Sharing {
  readonly standby: StandbyOptions | undefined;
  readonly cluster: { readonly name: string } | undefined;
}

/** The store of a running service, and its claim to it. */
export interface ServiceStore {
  readonly store: Store;
  /** The right to serve, if other processes wait to take over. */
  readonly lease?: Lease | undefined;
  /** What a node of a cluster needs beside the store. */
  readonly shared?: SharedStore | undefined;
  /** Resolves when another process has the store, or the database refuses this one. */
  readonly lost?: Promise<StorageError>;
}

/**
 * Opens the store of a service, as `openStore`. With `standby`, a PostgreSQL store waits until this process may take over
 * from another one. With `cluster`, it registers this process among those that serve together.
 */
export async function openServiceStore(
  storage: StorageConfig,
  log: Logger,
  onDamage: OnDamage,
  { standby, cluster }: Sharing,
): Promise<ServiceStore> {
  if (storage.kind !== "postgres") return { store: await openStore(storage, log, onDamage) };
  const { PostgresStore } = await import("./postgres/store.ts");
  const store = await PostgresStore.open(storage.url, log, { onDamage, standby, cluster });
  const { lease, lost, cluster: tables } = store;
  const shared = tables && {
    tables,
    occupiedListed: () => store.occupiedListed(),
    warmUp: () => store.warmUp(),
  };
  return { store, lease, lost, shared };
}

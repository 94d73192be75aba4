import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "./store.ts";

/** One step of the database's layout; its number is its place in the list, from 1. Never changed once released. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE room (
     node TEXT PRIMARY KEY,
     config TEXT NOT NULL,
     subject TEXT
   ) STRICT;
   CREATE TABLE affiliation (
     node TEXT NOT NULL REFERENCES room(node) ON DELETE CASCADE,
     jid TEXT NOT NULL,
     affiliation TEXT NOT NULL CHECK (affiliation IN ('outcast', 'member', 'admin', 'owner')),
     reason TEXT,
     nick TEXT,
     PRIMARY KEY (node, jid)
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE note (
     node TEXT NOT NULL REFERENCES room(node) ON DELETE CASCADE,
     name TEXT NOT NULL,
     text TEXT NOT NULL,
     PRIMARY KEY (node, name)
   ) STRICT;`,
  `CREATE TABLE moved_room (
     node TEXT PRIMARY KEY,
     venue TEXT NOT NULL,
     reason TEXT,
     members TEXT,
     until INTEGER NOT NULL
   ) STRICT;`,
];

/** The layout that this version of the program knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Runs the migrations that a database has not had, each in a transaction of its own with its number as
 * `user_version`. Throws `StorageError` where the database is of a newer version, and SQLite's error where a
 * migration fails; that one is undone.
 */
export function migrate(database: DatabaseSync, path: string, migrations = MIGRATIONS): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  if (version > migrations.length) {
    throw new StorageError(
      `${path} was written by a newer version (layout ${version}, this version knows ${migrations.length}): upgrade Verona or use another file`,
    );
  }
  for (const [index, migration] of migrations.slice(version).entries()) {
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec(migration);
      database.exec(`PRAGMA user_version = ${version + index + 1}`);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}

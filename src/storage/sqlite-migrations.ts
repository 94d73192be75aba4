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
];

/** The layout that this version of the program knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

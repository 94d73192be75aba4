// Accounts in the store: bans in all rooms, and where an account is. Exports do without; copies of a store have the bans.
import { z } from "zod";
import type { Awaitable } from "../muc/model/records.ts";

/** A ban of a user or a domain from all rooms. */
export interface ServiceBan {
  /** Bare JID or domain; of an account that was erased, `sha256:` and the SHA-256 of its bare JID in hexadecimal digits. */
  readonly account: string;
  readonly reason: string | undefined;
  /** Bare JID of the administrator. */
  readonly by: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What has changed is on disk when a method is done. All throw, or reject with, `StorageError`. */
export interface AccountTable {
  /** Reads all bans, in the order of their accounts. */
  serviceBans(): Awaitable<ServiceBan[]>;
  /** Adds or replaces a ban. */
  setServiceBan(ban: ServiceBan): Awaitable<void>;
  /** Returns false if there is no such ban. */
  removeServiceBan(account: string): Awaitable<boolean>;
  /**
   * Reads the nodes, after one and up to another, of rooms in which an account (bare JID) has an affiliation or is an occupant.
   */
  roomsOfAccount(account: string, after: string, upTo: string): Awaitable<string[]>;
  /** Reads the nodes, after one and up to another, of rooms of which anything that is stored names an account. */
  tracesOfAccount(account: string, after: string, upTo: string): Awaitable<string[]>;
  /**
   * Replaces some of the archived messages from an account, and private messages to it, up to `most` of each kind, by a payload
   * without sender. Returns the number of replaced messages: 0 when none is left.
   */
  eraseMessages(node: string, account: string, payload: string, most: number): Awaitable<number>;
  /**
   * Replaces the address of an account in the texts of some rows of tables that belong to no room alone, and of archives. Takes
   * one step; returns the place of the next one, undefined after the last.
   */
  eraseTexts(account: string, instead: string, place: ErasePlace): Awaitable<ErasePlace | undefined>;
  /** Removes archived messages of a room from before a time (milliseconds since 1970), up to `most` of each kind. Returns their number. */
  removeArchive(node: string, before: number, most: number): Awaitable<number>;
  /**
   * Writes the files anew, without what was removed or replaced: an SQLite database keeps that in free space. Commits wait
   * meanwhile. Returns false if a reader has kept a part of it. PostgreSQL does without.
   */
  rewrite?(): Awaitable<boolean>;
}

/** A table of `ERASED_TABLES`, and the key after which the next step begins. */
export interface ErasePlace {
  readonly table: number;
  readonly after: string | number;
}

export const FIRST_PLACE: ErasePlace = { table: 0, after: 0 };

/** Tables whose texts may name an account, with their keys. Rooms, affiliations and notes change by the rules of rooms. */
export const ERASED_TABLES = [
  { table: "act", key: "id", columns: ["by_jid", "target", "reason", "detail"] },
  { table: "message", key: "position", columns: ["payload", "search_text"] },
  { table: "archive_extra", key: "position", columns: ["payload"] },
  { table: "session", key: "position", columns: ["payload"] },
  { table: "webhook_delivery", key: "id", columns: ["body", "error"] },
  { table: "api_request", key: "number", columns: ["body"] },
  { table: "destroyed_room", key: "node", columns: ["members", "venue", "reason"] },
  { table: "service_ban", key: "account", columns: ["by_jid", "reason"] },
] as const;

/** Rows of one step. */
const ROWS = 1_000;

/** The SQL of a step, for either database. */
export function eraseStep(
  place: ErasePlace,
  dialect: {
    readonly schema: string;
    parameter(number: number): string;
    find(column: string, text: string): string;
  },
) {
  const { table, key, columns } = ERASED_TABLES[place.table] ?? ERASED_TABLES[0];
  const [after, text] = [dialect.parameter(1), dialect.parameter(2)];
  const portion = `(SELECT * FROM ${dialect.schema}${table} WHERE ${key} > ${after} ORDER BY ${key} LIMIT ${ROWS}) AS portion`;
  const found = columns.map((column) => dialect.find(`portion.${column}`, text)).join(" OR ");
  const values = columns.map((column, index) => `${column} = ${dialect.parameter(index + 2)}`);
  return {
    table,
    columns,
    last: `SELECT max(${key}) AS key, count(*) AS n FROM ${portion}`,
    find: `SELECT ${key} AS key, ${columns.join(", ")} FROM ${portion} WHERE ${found}`,
    update: (more = "") =>
      `UPDATE ${dialect.schema}${table} SET ${values.join(", ")}${more} WHERE ${key} = ${dialect.parameter(1)}`,
  };
}

/** Returns the place after a step that read up to a key. */
export function placeAfter(place: ErasePlace, key: unknown, count: unknown): ErasePlace | undefined {
  const isDone = Number(count) < ROWS;
  if (!isDone)
    return { table: place.table, after: typeof key === "string" ? numberIn(key, place) : Number(key) };
  const table = place.table + 1;
  if (table >= ERASED_TABLES.length) return undefined;
  return { table, after: hasTextKey(table) ? "" : 0 };
}

const hasTextKey = (table: number): boolean => ["node", "account"].includes(ERASED_TABLES[table]?.key ?? "");

/** PostgreSQL returns large numbers as texts. */
const numberIn = (key: string, { table }: ErasePlace): string | number =>
  hasTextKey(table) ? key : Number(key);

export const BAN_COLUMNS = ["account", "reason", "by_jid", "at"] as const;

/** Returns the values of a ban in the order of `BAN_COLUMNS`. */
export const writeBan = ({
  account,
  reason,
  by,
  at,
}: ServiceBan): [string, string | null, string | null, number] => [account, reason ?? null, by ?? null, at];

const banRow = z
  .object({
    account: z.string(),
    reason: z.string().nullable(),
    by_jid: z.string().nullable(),
    at: z.coerce.number(),
  })
  .transform(({ account, reason, by_jid, at }) => ({
    ...{ account, reason: reason ?? undefined, by: by_jid ?? undefined, at },
  }));

/** Reads a row. Throws for one that no program has written. */
export const readBan = (row: unknown): ServiceBan => banRow.parse(row);

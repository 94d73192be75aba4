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
}

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

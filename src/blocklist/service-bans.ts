// Users and domains that the operator has banned from all rooms by an operation. The store has them, beside the lists of the
// configuration.
import { createHash } from "node:crypto";
import type { AccountTable, ServiceBan } from "../storage/account-table.ts";
import { domainOf } from "../xmpp/jid.ts";

/** Milliseconds after which a process reads what others have changed. */
const REFRESH_MS = 5_000;
const HASH = "sha256:";

/** Returns the name under which an account stays banned that was erased. */
export const erasedAccount = (bareJid: string): string =>
  HASH + createHash("sha256").update(bareJid).digest("hex");

interface BanParts {
  readonly table: Pick<AccountTable, "serviceBans" | "setServiceBan" | "removeServiceBan">;
  /** True if other processes use the store too. */
  readonly isShared: boolean;
  /** Called when the bans have changed. */
  changed(): void;
  failed(error: unknown): void;
}

export class ServiceBans {
  readonly #parts: BanParts;
  #bans: ReadonlyMap<string, ServiceBan> = new Map();
  /** True if some bans are of erased accounts: comparing with those costs a hash. */
  #hasHashes = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: BanParts) {
    this.#parts = parts;
  }

  /** Reads the bans. Rejects with `StorageError`. */
  async load(): Promise<void> {
    const before = this.#bans;
    const all = await this.#parts.table.serviceBans();
    this.#take(new Map(all.map((ban) => [ban.account, ban])));
    const isSame = before.size === all.length && all.every(({ account }) => before.has(account));
    if (!isSame) this.#parts.changed();
  }

  /** Reads what other processes change, until it is stopped. */
  start(): void {
    if (!this.#parts.isShared) return;
    this.#timer = setInterval(() => void this.load().catch(this.#parts.failed), REFRESH_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Returns true for a banned account (bare JID), or one of a banned domain. */
  has(bareJid: string): boolean {
    if (this.#bans.size === 0) return false;
    if (this.#bans.has(bareJid) || this.#bans.has(domainOf(bareJid))) return true;
    return this.#hasHashes && this.#bans.has(erasedAccount(bareJid));
  }

  /** Returns the bans after an account, in their order. */
  list(after: string, max: number): ServiceBan[] {
    const accounts = [...this.#bans.keys()].filter((account) => account > after).toSorted();
    return accounts.slice(0, max).flatMap((account) => this.#bans.get(account) ?? []);
  }

  async ban(ban: ServiceBan): Promise<void> {
    await this.#parts.table.setServiceBan(ban);
    this.#take(new Map([...this.#bans, [ban.account, ban]]));
    this.#parts.changed();
  }

  /** Lifts a ban, also of an account that was erased. Resolves with false if there is none. */
  async unban(account: string): Promise<boolean> {
    const names = [account, ...(account.includes("@") ? [erasedAccount(account)] : [])];
    const known = names.filter((name) => this.#bans.has(name));
    for (const name of known) await this.#parts.table.removeServiceBan(name);
    if (known.length === 0) return false;
    this.#take(new Map([...this.#bans].filter(([name]) => !known.includes(name))));
    this.#parts.changed();
    return true;
  }

  /** Keeps a ban of an account by a hash alone. */
  async erase(bareJid: string): Promise<void> {
    const ban = this.#bans.get(bareJid);
    if (!ban) return;
    const { at } = ban;
    await this.ban({ account: erasedAccount(bareJid), reason: undefined, by: undefined, at });
    await this.#parts.table.removeServiceBan(bareJid);
    this.#take(new Map([...this.#bans].filter(([name]) => name !== bareJid)));
  }

  #take(bans: ReadonlyMap<string, ServiceBan>): void {
    this.#bans = bans;
    this.#hasHashes = [...bans.keys()].some((account) => account.startsWith(HASH));
  }
}

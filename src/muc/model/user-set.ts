// Sets of users that the operator names: accounts, domains, patterns and groups.
import { domainOf } from "../../xmpp/jid.ts";
import { Wildcards } from "./wildcards.ts";

/** Groups of users. "local": users of the operator's own servers; "admins": nobody but the service's administrators. */
export const USER_GROUPS = ["anyone", "local", "admins"] as const;

/**
 * A set of users. Each item is a group, a bare JID, a domain (for all its users), or a pattern: with an @ for bare JIDs, without
 * one for domains. Addresses are in the form of `accountOf`.
 */
export class UserSet {
  readonly #names: ReadonlySet<string>;
  readonly #accounts: Wildcards;
  readonly #domains: Wildcards;
  readonly #isLocal: (bareJid: string) => boolean;

  constructor(items: readonly string[], isLocal: (bareJid: string) => boolean) {
    this.#names = new Set(items.filter((item) => !isPattern(item)));
    this.#accounts = new Wildcards(items.filter((item) => isPattern(item) && item.includes("@")));
    this.#domains = new Wildcards(items.filter((item) => isPattern(item) && !item.includes("@")));
    this.#isLocal = isLocal;
  }

  /** Returns true if the set has a user. */
  has(bareJid: string): boolean {
    if (this.#names.has("anyone") || this.#names.has(bareJid)) return true;
    const domain = domainOf(bareJid);
    if (this.#names.has(domain) || (this.#names.has("local") && this.#isLocal(bareJid))) return true;
    return this.#accounts.find(bareJid) !== undefined || this.#domains.find(domain) !== undefined;
  }
}

/** Returns true for an item that is a pattern. */
export const isPattern = (item: string): boolean => item.includes("*");

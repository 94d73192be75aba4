// The operator's lists of users as the rules read them. They follow the configuration while the service runs.
import type { Config } from "./config/config.ts";
import type { ServiceAccess, Standing } from "./muc/model/service-access.ts";
import { UserSet } from "./muc/model/user-set.ts";
import { domainOf } from "./xmpp/jid.ts";

/** Maximum number of accounts whose standing is remembered. */
const MOST_REMEMBERED = 20_000;

type AccessConfig = Pick<Config, "service" | "blocklists"> & {
  readonly component: { readonly domain: string };
};

/** Returns true for accounts that a list of another service has. */
export type IsReported = (bareJid: string) => boolean;

export class ConfiguredAccess implements ServiceAccess {
  readonly #config: AccessConfig;
  readonly #isReported: IsReported;
  readonly #isBanned: IsReported;
  readonly #sets = new WeakMap<readonly string[], UserSet>();
  /** Standings by account; the oldest is first. */
  readonly #standings = new Map<string, Standing>();
  #version = 0;

  /** `isBanned`: returns true for accounts that an operation has banned. */
  constructor(
    config: AccessConfig,
    isReported: IsReported = () => false,
    isBanned: IsReported = () => false,
  ) {
    this.#config = config;
    this.#isReported = isReported;
    this.#isBanned = isBanned;
  }

  get version(): number {
    return this.#version;
  }

  /** Must be called when the configuration or a subscribed list has changed. */
  changed(): void {
    this.#version += 1;
    this.#standings.clear();
  }

  standingOf(bareJid: string): Standing {
    const known = this.#standings.get(bareJid);
    if (known !== undefined) return known;
    const standing = this.#newStandingOf(bareJid);
    for (const oldest of this.#standings.keys()) {
      if (this.#standings.size < MOST_REMEMBERED) break;
      this.#standings.delete(oldest);
    }
    this.#standings.set(bareJid, standing);
    return standing;
  }

  #newStandingOf(bareJid: string): Standing {
    const { service, blocklists } = this.#config;
    if (service.admins.includes(bareJid)) return "free";
    if (!this.#has(service.users, bareJid) || this.#has(blocklists.everything, bareJid)) return "refused";
    if (this.#has(blocklists.entry, bareJid) || this.#isBanned(bareJid)) return "barred";
    return this.#isReported(bareJid) ? "reported" : "free";
  }

  mayPersist(bareJid: string): boolean {
    return this.#mayAs(this.#config.service.persistentRooms, bareJid);
  }

  mayPublish(bareJid: string): boolean {
    return this.#mayAs(this.#config.service.publicRooms, bareJid);
  }

  /** Returns true if a user may create rooms. */
  mayCreateRooms(bareJid: string): boolean {
    const { service, blocklists } = this.#config;
    if (service.admins.includes(bareJid)) return true;
    const isBlocked = this.standingOf(bareJid) !== "free" || this.#has(blocklists.creation, bareJid);
    return !isBlocked && this.#has(service.roomCreation, bareJid);
  }

  /** Returns true for users of the operator's own servers: the component's domain is below theirs. */
  isLocal(bareJid: string): boolean {
    return this.#config.component.domain.endsWith(`.${domainOf(bareJid)}`);
  }

  #mayAs(items: readonly string[], bareJid: string): boolean {
    return this.#config.service.admins.includes(bareJid) || this.#has(items, bareJid);
  }

  /** Returns true if a list of the configuration has a user. A reload replaces lists that it changes. */
  #has(items: readonly string[], bareJid: string): boolean {
    let set = this.#sets.get(items);
    if (set === undefined) {
      set = new UserSet(items, (jid) => this.isLocal(jid));
      this.#sets.set(items, set);
    }
    return set.has(bareJid);
  }
}

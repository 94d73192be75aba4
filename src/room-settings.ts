// The operator's settings as the rules of rooms read them. They follow the configuration while the service runs.
import { randomUUID } from "node:crypto";
import { xmppAddresses } from "./abuse-contacts.ts";
import type { Config } from "./config/config.ts";
import { PresenceBudget } from "./muc/model/presence-budget.ts";
import { RateLimiter } from "./muc/model/rate-limiter.ts";
import { RefusalCounts } from "./muc/model/refusal-counts.ts";
import { ReservedNames } from "./muc/model/reserved-names.ts";
import { DEFAULT_ROOM_CONFIG } from "./muc/model/room-config.ts";
import type { RoomEnvironment } from "./muc/model/room-environment.ts";
import type { ServiceAccess } from "./muc/model/service-access.ts";
import { NO_SHARED_BANS, type SharedBans } from "./muc/model/shared-bans.ts";
import { Wildcards } from "./muc/model/wildcards.ts";
import type { RegistryOptions } from "./muc/service/registry.ts";
import { publicPages } from "./pages/addresses.ts";
import type { ConfiguredAccess } from "./service-access.ts";
import { lookAlike } from "./xmpp/skeleton.ts";

const HOUR_MS = 3_600_000;

/** Returns the environment of all rooms, with the clocks and ids of this process. */
export const roomEnvironment = (
  config: Config,
  access: ServiceAccess,
  sharedBans: SharedBans = NO_SHARED_BANS,
): RoomEnvironment => ({
  now: Date.now,
  elapsed: () => performance.now(),
  newId: randomUUID,
  domain: config.component.domain,
  // The operator acts in rooms as the service itself.
  isServiceAdmin: (jid) => jid === config.component.domain || config.service.admins.includes(jid),
  get language() {
    return config.service.language;
  },
  access,
  sharedBans,
  invitations: new RateLimiter(HOUR_MS),
  get abuseContacts() {
    return xmppAddresses(config.service.contacts.abuse ?? [], config.component.domain);
  },
  abuseReports: new RateLimiter(HOUR_MS),
  presences: new PresenceBudget(),
  refusals: new RefusalCounts(),
  limits: config.limits,
  archive: config.archive,
  get joinWithoutExtension() {
    return config.rooms.joinWithoutExtension;
  },
  reservedNicknames: { has: (nick) => reservedNicknames(config).has(nick) },
  get fixedOptions() {
    return config.rooms.fixedOptions;
  },
  get tombstoneDays() {
    return config.rooms.tombstoneDays;
  },
  get pages() {
    return config.pages && publicPages(config.pages, config.component.domain);
  },
});

const reserved = new WeakMap<readonly string[], ReservedNames>();

/** Returns the names of a list in the configuration. A reload replaces lists that it changes. */
function reservedNames(items: readonly string[]): ReservedNames {
  const known = reserved.get(items) ?? new ReservedNames(items);
  reserved.set(items, known);
  return known;
}

/** Returns the reserved nicknames, with the name of the service if there are any. */
function reservedNicknames({ rooms, service }: Config): Pick<ReservedNames, "has"> {
  const names = reservedNames(rooms.reservedNicknames);
  const isOwnName = (nick: string): boolean =>
    rooms.reservedNicknames.length > 0 && lookAlike(nick, service.name);
  return { has: (nick) => names.has(nick) || isOwnName(nick) };
}

/** Returns true if a new room may have a name. */
function isAllowedName({ rooms }: Config, node: string): boolean {
  if (reservedNames(rooms.reservedNames).has(node)) return false;
  return rooms.names.length === 0 || new Wildcards(rooms.names).find(node) !== undefined;
}

/** Returns who may create rooms, how many, and with which configuration they start. */
export function registryOptions(
  config: Config,
  access: ConfiguredAccess,
  handlers: Required<Pick<RegistryOptions, "faulted" | "damaged">>,
): RegistryOptions {
  return {
    ...handlers,
    get defaults() {
      return { ...DEFAULT_ROOM_CONFIG, ...config.rooms.defaults };
    },
    get maxRooms() {
      return config.limits.rooms;
    },
    get roomsPerHour() {
      return config.limits.roomsPerHour;
    },
    get roomsPerDomain() {
      return config.limits.roomsPerDomain;
    },
    isLocal: (jid) => access.isLocal(jid),
    rates: config.limits,
    isAllowedName: (node) => isAllowedName(config, node),
    mayCreateRooms: (jid) => access.mayCreateRooms(jid),
  };
}

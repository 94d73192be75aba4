// The operator's settings as the rules of rooms read them. They follow the configuration while the service runs.
import { randomUUID } from "node:crypto";
import type { Config } from "./config/config.ts";
import { PresenceBudget } from "./muc/model/presence-budget.ts";
import { RateLimiter } from "./muc/model/rate-limiter.ts";
import { RefusalCounts } from "./muc/model/refusal-counts.ts";
import { DEFAULT_ROOM_CONFIG } from "./muc/model/room-config.ts";
import type { RoomEnvironment } from "./muc/model/room-environment.ts";
import type { ServiceAccess } from "./muc/model/service-access.ts";
import type { RegistryOptions } from "./muc/service/registry.ts";
import type { ConfiguredAccess } from "./service-access.ts";

const HOUR_MS = 3_600_000;

/** Returns the environment of all rooms, with the clocks and ids of this process. */
export const roomEnvironment = (config: Config, access: ServiceAccess): RoomEnvironment => ({
  now: Date.now,
  elapsed: () => performance.now(),
  newId: randomUUID,
  domain: config.component.domain,
  isServiceAdmin: (jid) => config.service.admins.includes(jid),
  access,
  invitations: new RateLimiter(HOUR_MS),
  presences: new PresenceBudget(),
  refusals: new RefusalCounts(),
  limits: config.limits,
  archive: config.archive,
  get joinWithoutExtension() {
    return config.rooms.joinWithoutExtension;
  },
  get fixedOptions() {
    return config.rooms.fixedOptions;
  },
  get tombstoneDays() {
    return config.rooms.tombstoneDays;
  },
});

/** Returns who may create rooms, how many, and with which configuration they start. */
export function registryOptions(
  config: Config,
  access: ConfiguredAccess,
  handlers: Required<Pick<RegistryOptions, "faulted" | "damaged" | "listed">>,
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
    mayCreateRooms: (jid) => access.mayCreateRooms(jid),
  };
}

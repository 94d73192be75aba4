// Periodic tasks of the service.
import type { Config } from "./config/config.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import type { FaultLog } from "./fault-log.ts";
import { PingSchedule } from "./muc/service/ping-schedule.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import { PingClock } from "./ping-clock.ts";
import type { RoomLoader } from "./room-loader.ts";

const MINUTE_MS = 60_000;
/** Interval of the tasks of rooms, and of steps through the clients to be pinged. */
const ROOM_TICK_MS = 10_000;
const PING_TICK_MS = 1_000;
/** Time after which a room without occupants leaves memory. */
const IDLE_MS = 600_000;
/** Duration of a commit from which the database counts as away. */
const LONG_COMMIT_MS = 5_000;

interface TaskParts {
  readonly registry: RoomRegistry;
  readonly loader: RoomLoader;
  readonly connection: ServerConnection;
  readonly faultLog: FaultLog;
  readonly config: Config;
}

/** Starts the tasks. Returns a function that stops them. A fault of a task is logged and ends nothing. */
export function startPeriodicTasks({
  registry,
  loader,
  connection,
  faultLog,
  config,
}: TaskParts): () => void {
  const { outbox } = connection;
  const { elapsed } = registry.environment;
  const repeat = (milliseconds: number, fault: string, task: () => void): NodeJS.Timeout =>
    setInterval(() => {
      try {
        task();
      } catch (error) {
        faultLog.note({ err: error }, fault);
      }
    }, milliseconds);
  const rooms = repeat(ROOM_TICK_MS, "a periodic task of the rooms failed", () => {
    outbox.add(registry.passTime());
    loader.unload(elapsed() - IDLE_MS);
    loader.readLost();
  });
  const schedule = new PingSchedule(registry, {
    get pingAfter() {
      return config.occupants.pingAfter * MINUTE_MS;
    },
    get pingTimeout() {
      return config.occupants.pingTimeout * MINUTE_MS;
    },
  });
  const pingClock = new PingClock({
    schedule,
    liveness: registry.liveness,
    canAnswer: () => connection.isOpen && outbox.committingMs < LONG_COMMIT_MS,
    elapsed,
  });
  const pings = repeat(PING_TICK_MS, "failed to ping quiet clients", () => {
    const effects = pingClock.step();
    if (effects) outbox.add(effects);
  });
  return () => {
    clearInterval(rooms);
    clearInterval(pings);
  };
}

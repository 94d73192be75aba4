// What operations do with the service as a whole.
import type { Logger } from "pino";
import { announceEverywhere } from "./admin/announce.ts";
import { sumOf } from "./admin/statistics-command.ts";
import type { Outbox } from "./connection/outbox.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import {
  type Counters,
  LOG_LEVELS,
  type LogLevel,
  type Reloaded,
  type ServiceControl,
} from "./operations/operation-service.ts";
import type { Router } from "./router.ts";
import { ok, type Result } from "./xmpp/result.ts";

interface ControlParts {
  readonly registry: RoomRegistry;
  readonly router: Pick<Router, "ownCounts" | "others">;
  readonly outbox: Pick<Outbox, "add" | "whenCommitted">;
  readonly log: Pick<Logger, "level">;
  reload(): Reloaded;
}

export class LiveControl implements ServiceControl {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  async announce(text: string, by: string): Promise<Result<{ rooms: number; silentNodes: number }>> {
    const { registry, router, outbox } = this.#parts;
    const announced = announceEverywhere({ registry, others: router.others }, text, by);
    if (announced.kind === "refused") return announced;
    const { effects, rooms, elsewhere } = announced.value;
    outbox.add(effects);
    const others = (await elsewhere?.()) ?? { rooms: 0, silent: 0 };
    await outbox.whenCommitted();
    return ok({ rooms: rooms + others.rooms, silentNodes: others.silent });
  }

  async counters(): Promise<Counters> {
    const { registry, router } = this.#parts;
    const own = router.ownCounts;
    const { counts, silent } = (await router.others?.ask({ what: "count" })) ?? { counts: [], silent: 0 };
    const sum = sumOf([own, ...counts]);
    return {
      ...{ rooms: registry.count, roomsInMemory: sum.rooms, occupants: sum.occupants, clients: sum.sessions },
      ...{ messages: sum.messages, memoryMiB: Math.round(sum.memory / 1_048_576) },
      ...{ nodes: 1 + counts.length + silent, silentNodes: silent },
    };
  }

  reload(): Reloaded {
    return this.#parts.reload();
  }

  get logLevel(): LogLevel {
    return LOG_LEVELS.find((level) => level === this.#parts.log.level) ?? "info";
  }

  set logLevel(level: LogLevel) {
    this.#parts.log.level = level;
  }
}

// The roll calls of all rooms, spread over time so that a big service does not ask everybody at once.

import { Effects } from "../model/effects.ts";
import { type PingSettings, pingQuietClients } from "./client-ping.ts";
import type { RoomRegistry } from "./registry.ts";

/** A round through many rooms takes so many steps; one through few rooms a step for each. */
const STEPS = 60;
/** The most clients that are asked in one step. */
const PINGS_PER_STEP = 100;

export class PingSchedule {
  readonly #registry: RoomRegistry;
  readonly #settings: PingSettings;
  /** By node: meanwhile a room may be let go of, or come back as another object. */
  #ahead: string[] = [];
  #perStep = 1;

  constructor(registry: RoomRegistry, settings: PingSettings) {
    this.#registry = registry;
    this.#settings = settings;
  }

  /** Goes through the next rooms; to be called about once a second. */
  step(): Effects {
    if (this.#ahead.length === 0) this.#begin();
    const effects = new Effects();
    let budget = PINGS_PER_STEP;
    for (const node of this.#ahead.splice(-this.#perStep)) {
      const room = this.#registry.get(node);
      if (!room) continue;
      const called = this.#registry.tend(room, () => {
        budget -= pingQuietClients(room, this.#registry.liveness, this.#settings, budget);
      });
      effects.append(called);
    }
    return effects;
  }

  #begin(): void {
    this.#registry.liveness.nextRound();
    this.#ahead = [...this.#registry.all()].map(({ node }) => node);
    this.#perStep = Math.max(1, Math.ceil(this.#ahead.length / STEPS));
  }
}

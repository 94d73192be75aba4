// Schedule of pings in all rooms, spread over time so that a large service does not ping all clients at once.

import { Effects } from "../model/effects.ts";
import { type PingSettings, pingQuietClients } from "./client-ping.ts";
import type { RoomRegistry } from "./registry.ts";

/** Number of steps of a round through all rooms; fewer if there are fewer rooms. */
const STEPS = 60;
/** Maximum number of pings in one step. */
const PINGS_PER_STEP = 100;

export class PingSchedule {
  readonly #registry: RoomRegistry;
  readonly #settings: PingSettings;
  /** Nodes of the rooms that this round has not visited. Not `Room`s: a room may be unloaded and loaded meanwhile. */
  #ahead: string[] = [];
  #perStep = 1;

  constructor(registry: RoomRegistry, settings: PingSettings) {
    this.#registry = registry;
    this.#settings = settings;
  }

  /** Visits the next rooms of the round; call it about once a second. */
  step(): Effects {
    if (this.#ahead.length === 0) this.#begin();
    const effects = new Effects();
    let budget = PINGS_PER_STEP;
    for (const node of this.#ahead.splice(-this.#perStep)) {
      const room = this.#registry.get(node);
      if (!room || this.#registry.isFrozen(node)) continue;
      const pings = this.#registry.runIn(room, () => {
        budget -= pingQuietClients(room, this.#registry.liveness, this.#settings, budget);
      });
      effects.append(pings);
    }
    return effects;
  }

  #begin(): void {
    this.#registry.liveness.nextRound();
    this.#ahead = [...this.#registry.all()].map(({ node }) => node);
    this.#perStep = Math.max(1, Math.ceil(this.#ahead.length / STEPS));
  }
}

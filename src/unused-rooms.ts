// Destroys persistent rooms that nobody uses, by the setting rooms.unusedDays, in small steps.
import { destroyUnused } from "./muc/administration/unused-room.ts";
import type { StoredRoom } from "./muc/model/records.ts";
import { noteUse } from "./muc/room/last-use.ts";
import type { OperationService } from "./operations/operation-service.ts";
import { lastUseOf, unusedSince } from "./operations/rooms/last-use.ts";
import { ok } from "./xmpp/result.ts";

/** Rooms of one step, and milliseconds until the next step: during a round through all rooms, and after it. */
const PORTION = 100;
const SOON = 1_000;
const LATER = 3_600_000;

interface UnusedRoomsParts {
  readonly service: Pick<OperationService, "registry" | "records" | "store" | "inRoom">;
  /** Days without use; 0: rooms stay. */
  days(): number;
  /** Returns true for rooms that stay in any case. */
  isKept(node: string): boolean;
  failed(error: unknown): void;
}

export class UnusedRooms {
  readonly #parts: UnusedRoomsParts;
  #after = "";
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: UnusedRoomsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#wait(SOON);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Looks at some rooms. Resolves with the milliseconds until the next step. */
  async step(): Promise<number> {
    const { service, days, failed } = this.#parts;
    if (days() === 0) return LATER;
    try {
      const portion = await service.records.allRooms(this.#after, PORTION);
      for (const room of portion) if (this.#isCandidate(room)) await this.#endIfUnused(room);
      this.#after = portion.length < PORTION ? "" : (portion.at(-1)?.node ?? "");
      return this.#after === "" ? LATER : SOON;
    } catch (error) {
      if (!this.#stopped) failed(error);
      return LATER;
    }
  }

  #isCandidate({ node, config, users, locked }: StoredRoom): boolean {
    const { service, isKept } = this.#parts;
    return users === 0 && !locked && config.persistent && !service.registry.isFrozen(node) && !isKept(node);
  }

  async #endIfUnused(room: StoredRoom): Promise<void> {
    const { service, days } = this.#parts;
    const since = unusedSince(service, days());
    const lastUse = await lastUseOf(service, room);
    if (this.#stopped || (lastUse !== undefined && lastUse >= since)) return;
    await service.inRoom(room.node, (live) => {
      if (lastUse !== undefined) return destroyUnused(live, { lastUse, since, by: undefined });
      noteUse(live);
      return ok(undefined);
    });
  }

  #wait(milliseconds: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.step().then((next) => this.#wait(next)), milliseconds);
  }
}

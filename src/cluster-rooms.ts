// The rooms of this node, as the cluster moves them: by slots, each with its rooms, names and timers.
import { setTimeout as delay } from "node:timers/promises";
import type { OwnRooms } from "./cluster/own-slots.ts";
import { slotOf } from "./cluster/slots.ts";
import type { Outbox } from "./connection/outbox.ts";
import type { FaultLog } from "./fault-log.ts";
import { Effects } from "./muc/model/effects.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import type { RoomLoader } from "./room-loader.ts";
import type { StanzaIntake } from "./stanza-intake.ts";
import type { Store } from "./storage/store.ts";
import type { Stanza } from "./xmpp/stanza.ts";

/** Milliseconds between two looks for loads and reads that are under way. */
const LOOK_MS = 2;

export interface ClusterRoomsParts {
  readonly registry: RoomRegistry;
  readonly loader: RoomLoader;
  readonly outbox: Outbox;
  readonly intake: Pick<StanzaIntake, "admit" | "refuseHeld">;
  readonly store: Store;
  readonly faultLog: FaultLog;
  /** Aborted when the service stops. */
  readonly signal: AbortSignal;
}

export class ClusterRooms implements OwnRooms<Stanza> {
  readonly #parts: ClusterRoomsParts;
  readonly #owns: (slot: number) => boolean;

  /** `owns` returns true if this node owns a slot at the moment. */
  constructor(parts: ClusterRoomsParts, owns: (slot: number) => boolean) {
    this.#parts = parts;
    this.#owns = owns;
  }

  deliver(_slot: number, stanza: Stanza): void {
    this.#parts.intake.admit(stanza);
  }

  refuse(stanza: Stanza): void {
    this.#parts.intake.refuseHeld(stanza);
  }

  /** Reads the names of destroyed rooms, and begins to load the rooms with occupants. */
  async prepare(slots: readonly number[]): Promise<void> {
    const { registry, store, loader, faultLog, signal } = this.#parts;
    const isGained = inSlots(slots);
    const destroyed = await store.loadDestroyedRooms();
    registry.takeDestroyed(destroyed.filter(({ node }) => isGained(node)));
    const faulted = (error: unknown, room?: string): void =>
      faultLog.note({ err: error, room }, "failed to load a room");
    // A slot may leave again before all its rooms are loaded. A room that is loaded after that would grow old in memory.
    const isOwn = (node: string): boolean => isGained(node) && this.#owns(slotOf(node));
    loader.loadOccupied(signal, faulted, isOwn).catch(faulted);
  }

  async settle(slots: readonly number[]): Promise<void> {
    const { registry, loader, outbox } = this.#parts;
    const isMeant = inSlots(slots);
    for (;;) {
      while (loader.isWaiting(isMeant)) await delay(LOOK_MS);
      outbox.add(registry.suspend(isMeant));
      await outbox.whenCommitted();
      const rooms = [...registry.all()].filter(({ node }) => isMeant(node));
      await Promise.all(rooms.map(({ node }) => this.#whenWritten(node)));
      if (!loader.isWaiting(isMeant) && !outbox.isReading(isMeant)) return;
      await delay(LOOK_MS);
    }
  }

  release(slots: readonly number[]): void {
    this.#parts.registry.release(inSlots(slots));
  }

  #whenWritten(node: string): Promise<void> {
    return new Promise((resolve) => {
      const effects = new Effects(node);
      effects.whenWritten(resolve);
      this.#parts.outbox.add(effects);
    });
  }
}

function inSlots(slots: readonly number[]): (node: string) => boolean {
  const chosen = new Set(slots);
  return (node) => chosen.has(slotOf(node));
}

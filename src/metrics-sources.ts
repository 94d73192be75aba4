// The figures of the running service for its metrics.
import type { SubscribedLists } from "./blocklist/subscribed-lists.ts";
import type { Config } from "./config/config.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import type { ClusterFigures, Sources } from "./metrics/measurements.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import type { StanzaIntake } from "./stanza-intake.ts";
import type { Lease } from "./storage/lease.ts";

export interface ServiceParts {
  readonly connection: ServerConnection;
  readonly registry: RoomRegistry;
  readonly intake: StanzaIntake;
  readonly lease: Lease | undefined;
  readonly lists: Pick<SubscribedLists, "figures">;
  /** Returns true if the store's disk is nearly full. */
  isDiskLow(): boolean;
  readonly cluster: (ClusterFigures & { readonly isOnline: boolean }) | undefined;
}

/** Reads the figures from the parts of the service, which it does not have before its start is done. */
export function metricsSources(
  parts: () => ServiceParts | undefined,
  { standby, cluster, limits }: Pick<Config, "standby" | "cluster" | "limits">,
  pageAnswers: ReadonlyMap<string, number>,
): Sources {
  const rooms = () => [...(parts()?.registry.all() ?? [])];
  return {
    state() {
      const present = parts();
      if (!present) return standby ? "standby" : "starting";
      if (present.lease?.isHeld === false) return "silent";
      const isOnline = present.cluster?.isOnline ?? present.connection.link.online;
      return isOnline ? "serving" : "offline";
    },
    online: () => parts()?.connection.link.online ?? false,
    rooms: () => rooms().length,
    occupants: () => rooms().reduce((sum, room) => sum + room.occupants.size, 0),
    received: () => parts()?.intake.received ?? { message: 0, presence: 0, iq: 0 },
    sent: () => parts()?.connection.outbox.sent ?? 0,
    waiting() {
      const { outbox, link } = parts()?.connection ?? {};
      return { commit: 0, turn: 0, ...outbox?.waiting, socket: link?.waiting ?? 0 };
    },
    held: () => parts()?.connection.backpressure.backlog.memoryBytes ?? 0,
    outboxLimit: () => limits.outboxBytes,
    isDiskLow: () => parts()?.isDiskLow() ?? false,
    refused: () => parts()?.connection.backpressure.refused ?? 0,
    refusals: () => parts()?.registry.environment.refusals.all() ?? new Map(),
    blocklists: () => parts()?.lists.figures() ?? [],
    pageAnswers: () => pageAnswers,
    pauses: () => parts()?.connection.backpressure.reading.pauses ?? 0,
    cluster: () => cluster && (parts()?.cluster ?? { slots: 0, waitingBytes: 0 }),
    pausedSeconds: () => (parts()?.connection.backpressure.reading.pausedMs ?? 0) / 1000,
  };
}

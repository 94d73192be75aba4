import type { StoredRoom } from "../../muc/model/records.ts";
import type { OperationService } from "../operation-service.ts";

const DAY_MS = 86_400_000;
const LATEST = { afterIds: [], beforeIds: [], max: 1, fromEnd: true } as const;

/**
 * Returns when a room was in use for the last time: now, if it has occupants. Of a room that has not become empty since it is noted,
 * the latest message or record of an act tells it. Undefined if nothing does.
 */
export async function lastUseOf(
  { registry, store }: Pick<OperationService, "registry" | "store">,
  { node, users, lastUse }: StoredRoom,
): Promise<number | undefined> {
  if (users > 0) return registry.environment.now();
  if (lastUse !== undefined) return lastUse;
  const message = (await store.readArchive(node, { ...LATEST, extras: "all" }))?.messages[0]?.at;
  const act = (await store.readActs({ node, max: 1 }))[0]?.at;
  return message === undefined && act === undefined ? undefined : Math.max(message ?? 0, act ?? 0);
}

/**
 * Returns the time before which a room must have been in use for the last time to count as unused for so many days: the begin of
 * a day, as the day of the last use does not count.
 */
export const unusedSince = ({ registry }: Pick<OperationService, "registry">, days: number): number =>
  (Math.floor(registry.environment.now() / DAY_MS) - days) * DAY_MS;

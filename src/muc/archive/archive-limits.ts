// Limits of a room's archive (XEP-0313 section 3.2), which its owners set within those of the operator.

import type { RoomConfig } from "../model/room-config.ts";
import type { Room } from "../room/room.ts";

const DAY = 86_400_000;

/** Days and number of messages that are kept; 0 for no limit. */
export interface ArchiveLimits {
  readonly days: number;
  readonly messages: number;
}

/** Returns the stricter of the room's limits and those of the service. */
export function archiveLimits(
  { archiveDays, archiveMessages }: Pick<RoomConfig, "archiveDays" | "archiveMessages">,
  service: ArchiveLimits,
): ArchiveLimits {
  return {
    days: stricter(archiveDays, service.days),
    messages: stricter(archiveMessages, service.messages),
  };
}

/** Returns the time of the oldest message that is kept, in milliseconds since 1970; 0 for no limit. */
export function oldestKept(now: number, { days }: Pick<ArchiveLimits, "days">): number {
  return days === 0 ? 0 : now - days * DAY;
}

/** Returns the limits of a room. */
export function limitsOf({ config, environment }: Room): ArchiveLimits {
  const { maxDays, maxMessagesPerRoom } = environment.archive;
  return archiveLimits(config, { days: maxDays, messages: maxMessagesPerRoom });
}

/** Returns the time of the oldest message that the history shows: no message that retention removes is shown. */
export function historySince(room: Room): number {
  return oldestKept(room.environment.now(), limitsOf(room));
}

/** Returns the maximum number of history messages that a room sends (section 7.2.14). */
export function historyLengthOf(room: Room): number {
  const { messages } = limitsOf(room);
  const most = Math.min(room.config.historyLength, room.environment.limits.historyLength);
  return messages === 0 ? most : Math.min(most, messages);
}

function stricter(one: number, other: number): number {
  return one === 0 || other === 0 ? one + other : Math.min(one, other);
}

// How long a room keeps what is said (XEP-0313 section 3.2): as its owners want it, within what the operator allows.

import type { RoomConfig } from "../model/room-config.ts";
import type { Room } from "../room/room.ts";

const DAY = 86_400_000;

/** How long and how many messages are kept; 0 for no limit. */
export interface ArchiveLimits {
  readonly days: number;
  readonly messages: number;
}

/** The stricter of the room's own limits and those of the service, each. */
export function archiveLimits(
  { archiveDays, archiveMessages }: Pick<RoomConfig, "archiveDays" | "archiveMessages">,
  service: ArchiveLimits,
): ArchiveLimits {
  return {
    days: stricter(archiveDays, service.days),
    messages: stricter(archiveMessages, service.messages),
  };
}

/** What is older is not kept, in milliseconds since 1970; 0 where nothing is too old. */
export function oldestKept(now: number, { days }: Pick<ArchiveLimits, "days">): number {
  return days === 0 ? 0 : now - days * DAY;
}

/** The limits of a room now. */
export function limitsOf({ config, environment }: Room): ArchiveLimits {
  const { maxDays, maxMessagesPerRoom } = environment.archive;
  return archiveLimits(config, { days: maxDays, messages: maxMessagesPerRoom });
}

/** From when on a message is shown to those who enter: what retention removes, or is about to, is not. */
export function historySince(room: Room): number {
  return oldestKept(room.environment.now(), limitsOf(room));
}

/** Returns the most messages of history that a room gives (section 7.2.14). */
export function historyLengthOf(room: Room): number {
  const { messages } = limitsOf(room);
  const most = Math.min(room.config.historyLength, room.environment.limits.historyLength);
  return messages === 0 ? most : Math.min(most, messages);
}

function stricter(one: number, other: number): number {
  return one === 0 || other === 0 ? one + other : Math.min(one, other);
}

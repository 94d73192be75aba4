// The rules of a room that end something after a time, and those that follow settings.

import { endLockdown } from "../administration/lockdown-change.ts";
import { followPages } from "../administration/log-change.ts";
import { openAgain } from "../administration/members-only-command.ts";
import { endMutes } from "../affiliations/mute.ts";
import { endAffiliations } from "../affiliations/timed-affiliations.ts";
import { continuePurges } from "../messages/purge.ts";
import { endOverdueRequests } from "../requests/occupant-request.ts";
import type { Room } from "../room/room.ts";

const TIMED_RULES: readonly ((room: Room) => void)[] = [
  endOverdueRequests,
  endMutes,
  endAffiliations,
  openAgain,
  continuePurges,
  endLockdown,
  followPages,
];

/** Ends what has lasted for its time; call it every few seconds. */
export function endWhatIsOver(room: Room): void {
  for (const rule of TIMED_RULES) rule(room);
}

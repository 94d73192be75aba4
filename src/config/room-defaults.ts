// The defaults of rooms, in relation to other settings.
import { DEFAULT_ROOM_CONFIG, type RoomConfig } from "../muc/model/room-config.ts";
import type { OperatorSettings } from "../muc/model/room-option.ts";
import { ROOM_OPTION_LIST } from "../muc/model/room-options.ts";

/**
 * Checks the operator's `rooms.defaults` against the limits and each other, and adds a problem for each conflict. Lowers
 * a default of Verona that exceeds a limit.
 */
export function roomDefaults(
  given: Partial<RoomConfig>,
  settings: OperatorSettings,
  problems: string[],
): Partial<RoomConfig> {
  let defaults = given;
  for (const option of ROOM_OPTION_LIST) {
    if (!("limit" in option) || typeof option.limit === "number") continue;
    const { key, limit } = option;
    const most = limit.of(settings);
    const isUnlimited = "unlimited" in limit && most === 0;
    if (isUnlimited || (given[key] ?? DEFAULT_ROOM_CONFIG[key]) <= most) continue;
    if (given[key] === undefined) defaults = { ...defaults, [key]: most };
    else
      problems.push(
        `rooms.defaults.${key}: got ${given[key]}, expected no more than ${limit.setting}, ${most}`,
      );
  }
  if (given.passwordProtected && (given.password ?? DEFAULT_ROOM_CONFIG.password) === "") {
    problems.push(
      "rooms.defaults.password: missing or empty, expected one because rooms.defaults.passwordProtected is true",
    );
  }
  return defaults;
}

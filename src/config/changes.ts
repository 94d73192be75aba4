// What a running service takes over from a configuration that is read again.
import { isDeepStrictEqual } from "node:util";
import type { Config } from "./config.ts";
import type { SettingPath } from "./settings.ts";

/** Settings that a running service looks up whenever it needs them. All others need a restart. */
const LIVE: readonly SettingPath[] = [
  "logLevel",
  "service.name",
  "service.admins",
  "service.roomCreation",
  "service.contacts",
  "rooms.defaults",
  "rooms.joinWithoutExtension",
  "rooms.tombstoneDays",
  "occupants.pingAfter",
  "occupants.pingTimeout",
  "limits.rooms",
  "limits.roomsPerHour",
  "limits.roomsPerDomain",
  "limits.occupantsPerRoom",
  "limits.stanzaBytes",
  "limits.historyLength",
  "limits.nicknameLength",
  "limits.sessionsPerUser",
  "limits.messagesPerMinute",
  "limits.presencePerMinute",
  "limits.requestsPerMinute",
  "limits.invitationsPerHour",
  "limits.archivePage",
  "limits.freeDiskBytes",
  "archive.maxDays",
  "archive.maxMessagesPerRoom",
  "archive.privateMessages",
  "archive.presence",
];
/** Their keys are settings; what else there is at the top is one setting. */
const SECTIONS = ["component", "service", "rooms", "occupants", "limits", "archive"];

/** Whether a running service goes on with the value that it was started with. `path` as in the configuration file. */
export const needsRestart = (path: string): boolean => !LIVE.some((live) => live === path);

/** Paths of settings that have changed, by whether they apply at once or after a restart. */
export interface Changes {
  readonly applied: readonly string[];
  readonly afterRestart: readonly string[];
}

/** Puts the settings of `next` that a running service can take over into `current`. */
export function applyChanges(current: Config, next: Config): Changes {
  const applied: string[] = [];
  const afterRestart: string[] = [];
  for (const { path, holder, key, value } of settingsIn(current, next)) {
    if (isDeepStrictEqual(Reflect.get(holder, key), value)) continue;
    if (needsRestart(path)) afterRestart.push(path);
    else if (Reflect.set(holder, key, value)) applied.push(path);
  }
  return { applied, afterRestart };
}

/** Every setting of `next`, and the object that has it in `current`. */
function* settingsIn(current: Config, next: Config) {
  for (const [name, values] of Object.entries(next)) {
    const holder: object = Reflect.get(current, name);
    if (SECTIONS.includes(name))
      for (const [key, value] of Object.entries(values)) yield { path: `${name}.${key}`, holder, key, value };
    else yield { path: name, holder: current, key: name, value: values };
  }
}

// Settings that a reload applies to the running service.
import { isDeepStrictEqual } from "node:util";
import type { Config } from "./config.ts";
import type { SettingPath } from "./settings.ts";

/** Settings, or sections of the configuration, that a running service follows. All others need a restart. */
const LIVE: readonly (SettingPath | "metrics" | "http" | "pages")[] = [
  "logLevel",
  "service.name",
  "service.admins",
  "service.users",
  "service.roomCreation",
  "service.persistentRooms",
  "service.publicRooms",
  "service.contacts",
  "service.language",
  "service.languageFiles",
  "blocklists.entry",
  "blocklists.creation",
  "blocklists.everything",
  "blocklists.subscribe",
  "rooms.defaults",
  "rooms.fixedOptions",
  "rooms.reservedNicknames",
  "rooms.names",
  "rooms.reservedNames",
  "rooms.banGroups",
  "rooms.configured",
  "rooms.joinWithoutExtension",
  "rooms.tombstoneDays",
  "rooms.unusedDays",
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
  "limits.statesPerMinute",
  "limits.privateMessagesPerMinute",
  "limits.entriesPerMinute",
  "limits.nicknamesPerMinute",
  "limits.presencePerMinute",
  "limits.invitationsPerMinute",
  "limits.requestsPerMinute",
  "limits.archiveQueriesPerMinute",
  "limits.searchesPerMinute",
  "limits.discoPerMinute",
  "limits.domainRateFactor",
  "limits.strangerCharacters",
  "limits.strangerLines",
  "limits.strangerMentions",
  "limits.strangerBytes",
  "limits.raidEntries",
  "limits.raidRefusals",
  "limits.invitationsPerHour",
  "limits.archivePage",
  "limits.freeDiskBytes",
  "archive.maxDays",
  "archive.maxMessagesPerRoom",
  "archive.actDays",
  "archive.privateMessages",
  "archive.presence",
  "metrics",
  "http",
  "pages",
  "controlSocket",
];
/** Sections of settings. Every other key at the top is a setting. */
const SECTIONS = ["component", "service", "blocklists", "rooms", "occupants", "limits", "archive"];

/** Returns true for a setting that applies after a restart only. `path` is as in the configuration file. */
export const needsRestart = (path: string): boolean => !LIVE.some((live) => live === path);

/** Paths of settings that have changed, by whether they apply at once or after a restart. */
export interface Changes {
  readonly applied: readonly string[];
  readonly afterRestart: readonly string[];
}

/** Copies the settings that need no restart from `next` to `current`. */
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

/** Yields every setting of `next` with the object that holds it in `current`. */
function* settingsIn(current: Config, next: Config) {
  for (const [name, values] of Object.entries(next)) {
    const holder: object = Reflect.get(current, name);
    if (SECTIONS.includes(name))
      for (const [key, value] of Object.entries(values)) yield { path: `${name}.${key}`, holder, key, value };
    else yield { path: name, holder: current, key: name, value: values };
  }
}

// Every setting of the configuration.
import { BLOCKLIST_SETTINGS } from "./blocklist-settings.ts";
import { LIMIT_SETTINGS } from "./limit-settings.ts";
import { OPERATION_SETTINGS } from "./operation-settings.ts";
import { ROOM_SETTINGS, type RoomSettingPath } from "./room-settings.ts";
import { SERVICE_SETTINGS } from "./service-settings.ts";
import type { Setting } from "./setting.ts";

/** All settings by their paths in the configuration file. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  ...SERVICE_SETTINGS,
  ...BLOCKLIST_SETTINGS,
  ...LIMIT_SETTINGS,
  ...OPERATION_SETTINGS,
  ...ROOM_SETTINGS,
};

type ServiceSettings = typeof SERVICE_SETTINGS &
  typeof BLOCKLIST_SETTINGS &
  typeof LIMIT_SETTINGS &
  typeof OPERATION_SETTINGS;

export type SettingPath = keyof ServiceSettings | RoomSettingPath;

/** Returns the setting of a path. */
export function settingAt(path: SettingPath): Setting {
  return SETTINGS[path] as Setting;
}

/** Returns the default of a setting that has one. */
export function defaultOf<P extends keyof ServiceSettings>(
  path: P,
): ServiceSettings[P] extends { default: infer D } ? D : never {
  return SETTINGS[path]?.default as ReturnType<typeof defaultOf<P>>;
}

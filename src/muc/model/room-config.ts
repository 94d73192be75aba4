// A room's configuration: a value for each option (room-options.ts).
import { cutText, escapedBytes } from "../../xmpp/escape.ts";
import type { OptionValue } from "./room-option.ts";
import { type KeyedOption, mapOptions, type ROOM_OPTIONS } from "./room-options.ts";

/** Plain data, stored as JSON. */
export type RoomConfig = {
  readonly [K in keyof typeof ROOM_OPTIONS]: OptionValue<(typeof ROOM_OPTIONS)[K]>;
};

/** The configuration of new rooms, unless the operator's `rooms.defaults` say otherwise. */
export const DEFAULT_ROOM_CONFIG = mapOptions<RoomConfig>((option) => option.default);

/** Replaces values that equal the defaults with the defaults themselves, to save memory. */
export function sharingDefaults(config: RoomConfig): RoomConfig {
  const defaults: Partial<Record<string, unknown>> = { ...DEFAULT_ROOM_CONFIG };
  const own = Object.entries(config).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  return own.length === 0 ? DEFAULT_ROOM_CONFIG : { ...DEFAULT_ROOM_CONFIG, ...Object.fromEntries(own) };
}

/** Shortens values that are too long. Imports and older versions may have stored them. */
export const boundedConfig = (config: RoomConfig): RoomConfig =>
  mapOptions<RoomConfig>((option) => boundedValue(config, option));

function boundedValue(config: RoomConfig, option: KeyedOption): RoomConfig[keyof RoomConfig] {
  if (option.kind === "contacts") return config[option.key].slice(0, option.most);
  if (option.kind !== "text" || option.overlong === "keep") return config[option.key];
  const text = config[option.key];
  if (option.overlong === "cut") return cutText(text, option.most);
  return escapedBytes(text) > option.most ? "" : text;
}

// A room's configuration: a value for each option (room-options.ts).
import { cutText, escapedBytes } from "../../xmpp/escape.ts";
import type { OptionValue } from "./room-option.ts";
import { type KeyedOption, mapOptions, ROOM_OPTION_LIST, type ROOM_OPTIONS } from "./room-options.ts";

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
    ([key, value]) => value !== defaults[key] && JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  return own.length === 0 ? DEFAULT_ROOM_CONFIG : { ...DEFAULT_ROOM_CONFIG, ...Object.fromEntries(own) };
}

/** Shortens values that are too long. Imports and older versions may have stored them. */
export function boundedConfig(config: RoomConfig): RoomConfig {
  let bounded = config;
  // All stored rooms pass here at the start: a configuration within its bounds is not copied.
  for (const option of BOUNDED_OPTIONS) {
    const value = boundedValue(config, option);
    if (value !== config[option.key]) bounded = { ...bounded, [option.key]: value };
  }
  return bounded;
}

type BoundedOption = Extract<KeyedOption, { readonly kind: "contacts" | "text" }>;

const BOUNDED_OPTIONS = ROOM_OPTION_LIST.filter(
  (option): option is BoundedOption =>
    option.kind === "contacts" || (option.kind === "text" && option.overlong !== "keep"),
);

function boundedValue(config: RoomConfig, option: BoundedOption): RoomConfig[keyof RoomConfig] {
  if (option.kind === "contacts") {
    const contacts = config[option.key];
    return contacts.length > option.most ? contacts.slice(0, option.most) : contacts;
  }
  const text = config[option.key];
  if (option.overlong === "cut") return cutText(text, option.most);
  return escapedBytes(text) > option.most ? "" : text;
}

// The settings of rooms.defaults.*, one for each option of a room.
import { type KeyedOption, type OptionKey, ROOM_OPTION_LIST } from "../muc/model/room-options.ts";
import { BARE_JIDS, COUNT, oneOf, PATTERNS, type Setting, TEXT, YES_NO } from "./setting.ts";

export type RoomSettingPath = `rooms.defaults.${OptionKey}`;

/** Settings by their path in the configuration file. */
export const ROOM_SETTINGS: Readonly<Record<string, Setting>> = Object.fromEntries(
  ROOM_OPTION_LIST.map((option) => [
    `rooms.defaults.${option.key}` satisfies RoomSettingPath,
    settingOf(option),
  ]),
);

function settingOf(option: KeyedOption): Setting {
  return {
    // Error messages and editors show plain text.
    description: option.description.replaceAll("`", ""),
    expected: expectedBy(option),
    default: option.default,
    confidential: "isSecret" in option && option.isSecret,
  };
}

/** Describes the values of an option as `OPTION_SCHEMAS` has them. */
function expectedBy(option: KeyedOption): string {
  switch (option.kind) {
    case "boolean":
      return YES_NO;
    case "text":
      return "format" in option ? option.format.expected : TEXT;
    case "choice":
      return oneOf(option.choices.map(({ value }) => value).toSorted());
    case "count":
    case "maximum":
      return COUNT;
    case "roles":
      return `a list of different roles, each ${oneOf(option.roles)}`;
    case "contacts":
      return BARE_JIDS;
    case "patterns":
      return PATTERNS;
  }
}

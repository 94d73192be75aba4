// The table of room options in docs/configuration.md.
import { ROOM_OPTION_LIST } from "../src/muc/model/room-options.ts";

const HEAD = ["| Key | Default | Field of the form | Meaning |", "| --- | --- | --- | --- |"];

/** Writes a row for each option. */
export function roomOptionsTable(): string {
  const rows = ROOM_OPTION_LIST.map((option) => {
    const value = JSON.stringify(option.default);
    return `| \`rooms.defaults.${option.key}\` | \`${value}\` | \`${option.field}\` | ${option.description} |`;
  });
  return [...HEAD, ...rows].join("\n");
}

/** Replaces the table in the text of docs/configuration.md. Throws if there is none. */
export function withRoomOptionsTable(text: string): string {
  const table = /(?<=^## Room defaults\n.*?)^\|.*?(?=\n\n)/ms;
  if (!table.test(text)) throw new Error("docs/configuration.md has no table of room defaults");
  return text.replace(table, () => roomOptionsTable());
}

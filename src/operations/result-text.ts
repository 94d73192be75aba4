// Results of operations as text for people: values by name, and tables for lists of records.

type Fields = Readonly<Record<string, unknown>>;

/** Writes a result. Control characters, which could move a terminal's cursor, become spaces. */
export function resultText(result: unknown): string {
  if (!isFields(result)) return `${cell(result)}\n`;
  const lists = Object.entries(result).filter((entry): entry is [string, Fields[]] => isRecords(entry[1]));
  const values = Object.entries(result).filter(([, value]) => !isRecords(value));
  const width = Math.max(0, ...values.map(([name]) => titleOf(name).length));
  const lines = values.map(([name, value]) => `${titleOf(name).padEnd(width)}  ${cell(value)}`.trimEnd());
  const isOnly = lines.length === 0 && lists.length === 1;
  const tables = lists.map(([name, rows]) => `${isOnly ? "" : `${titleOf(name)}\n`}${table(rows)}`);
  return [...(lines.length > 0 ? [lines.join("\n").concat("\n")] : []), ...tables].join("\n");
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isRecords = (value: unknown): value is Fields[] =>
  Array.isArray(value) && value.length > 0 && value.every(isFields);

/** Writes records as a table. */
function table(rows: readonly Fields[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [names.map(titleOf), ...rows.map((row) => names.map((name) => cell(row[name])))];
  const widths = names.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
    .concat("\n");
}

function cell(value: unknown): string {
  if (value === undefined) return "";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return cell(value.join(", "));
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replace(/\p{Cc}/gu, " ");
}

/** Returns a name such as memoryMiB or voiceRequests as a heading: Memory MiB, Voice requests. */
function titleOf(name: string): string {
  const words = name.replace(/[A-Z][a-z]+(?=[A-Z]|$)/g, (word) => ` ${word.toLowerCase()}`);
  const spaced = words.replace(/(?<=\w) ?mi(?=B$)/, " Mi");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

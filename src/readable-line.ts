// Formats a line of the log for a terminal. pino-pretty does the same, but brings 14 packages.

const LEVELS = new Map([
  [10, "TRACE"],
  [20, "DEBUG"],
  [30, "INFO"],
  [40, "WARN"],
  [50, "ERROR"],
  [60, "FATAL"],
]);
/** Keys of every entry. They are at the beginning of the text and are not repeated after it. */
const USUAL = ["level", "time", "name", "msg", "err"];

/** Returns "2026-11-28 22:30:01 INFO online  domain=rooms.example.org port=5347". A fault's stack has its own lines. */
export function readableLine(json: string): string {
  const entry: unknown = JSON.parse(json);
  if (!isRecord(entry)) return json;
  const { level, time, msg, err } = entry;
  const when = typeof time === "number" ? localTime(new Date(time)) : "";
  const facts = Object.entries(entry)
    .filter(([key]) => !USUAL.includes(key))
    .map(([key, value]) => `${key}=${textOf(value)}`);
  const stack = isRecord(err) ? `\n${err.stack ?? err.message ?? textOf(err)}` : "";
  const head = [when, LEVELS.get(Number(level)) ?? String(level), msg ?? ""].join(" ");
  return `${harmless([head, ...facts].join(facts.length > 0 ? "  " : "") + stack)}\n`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Returns a value as plain text if that is unambiguous, else as JSON. */
function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return typeof value === "string" && (/[\s"=]/.test(text) || text === "") ? JSON.stringify(text) : text;
}

/** Escapes characters of users' texts that control the terminal or hide the text beside them. */
function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}

function localTime(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

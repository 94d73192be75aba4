// Days of UTC.

const DAY_MS = 86_400_000;

/** Returns the day of a time (milliseconds since 1970), such as "2026-11-30". */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

export const startOfDay = (day: string): number => Date.parse(day);

/** Returns the last millisecond of a day. */
export const endOfDay = (day: string): number => startOfDay(day) + DAY_MS - 1;

/** Returns true for a day that exists. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) && dayOf(time) === text;
}

const LONG = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });

/** Writes a day for people, such as "Monday, 30 November 2026". */
export const writeDay = (day: string): string => LONG.format(startOfDay(day));

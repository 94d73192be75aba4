const DATE_TIME = /^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970 of a text of the DateTime profile (XEP-0082 section 3.2); undefined for any other. */
export function parseDateTime(text: string): number | undefined {
  const time = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(time) ? time : undefined;
}

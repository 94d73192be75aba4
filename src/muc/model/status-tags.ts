/** Writes status codes (XEP-0045 section 16.6) as the elements that presence and messages carry. */
export const writeStatuses = (codes: readonly number[]): string =>
  codes.map((code) => `<status code="${code}"/>`).join("");

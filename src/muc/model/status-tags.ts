import { tag } from "../../xmpp/tag.ts";

/** Status codes (XEP-0045 section 16.6) as they are told in presence and messages. */
export const writeStatuses = (codes: readonly number[]): string =>
  codes.map((code) => tag("status", { code: String(code) })).join("");

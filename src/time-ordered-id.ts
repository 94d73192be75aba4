import { randomUUID } from "node:crypto";

/** Returns a UUID that begins with the time and has 74 random bits (RFC 9562 section 5.7). */
export function timeOrderedId(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

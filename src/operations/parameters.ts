// Parameters that many operations have.
import { z } from "zod";
import { normalizeLocal, parseJid } from "../xmpp/jid.ts";

/** A room, by its address or the name before the @. `nodeOf` checks the domain. */
export const roomParameter = z
  .string()
  .min(1)
  .max(3071)
  .meta({ description: "Address of the room, or its part before the @" });

/** The bare JID of a user; normalized. */
export const userParameter = z
  .string()
  .max(3071)
  .refine((text) => bareUser(text) !== undefined, "expected the address of a user such as juliet@example.org")
  .transform((text) => bareUser(text) ?? text)
  .meta({ description: "Address of the user" });

export const reasonParameter = z
  .string()
  .max(1000)
  .exactOptional()
  .meta({ description: "Reason that the people concerned are told" });

/** The place of a page in a list of rooms. */
export const afterRoomParameter = z
  .string()
  .max(3071)
  .default("")
  .meta({ description: "Continue after this room" });

/** The size of a page of rooms. */
export const maxRoomsParameter = z.coerce
  .number()
  .int()
  .min(1)
  .max(1000)
  .default(100)
  .meta({ description: "Maximum number of rooms" });

/** The `after` of the next page of rooms. */
export const nextRoom = z.string().exactOptional().meta({
  description: "Value of `after` for the next page, which may have rooms; missing on the last one",
});

/** What a message says. */
export const textParameter = z
  .string()
  .min(1)
  .max(100_000)
  .refine((text) => text.trim() !== "", "expected a text that is not empty")
  .meta({ description: "The text" });

/** Returns the node of a room that is named by its address or the name before the @; undefined for another domain. */
export function nodeOf(room: string, domain: string): string | undefined {
  if (!room.includes("@")) return normalizeLocal(room);
  const jid = parseJid(room);
  return jid?.domain === domain ? jid.local : undefined;
}

function bareUser(text: string): string | undefined {
  const jid = parseJid(text);
  return jid?.local !== undefined && jid.resource === undefined ? jid.bare : undefined;
}

// Messages from the room to its moderators inside.
import { bodyTag, openTag } from "../../xmpp/tag.ts";
import type { Text } from "../../xmpp/text.ts";
import { RateLimiter } from "../model/rate-limiter.ts";
import { byLanguage } from "../room/client-language.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";

const HOUR = 3_600_000;
/** Messages about one matter that a room sends its moderators within an hour. Later matters wait in their list. */
export const MOST_TOLD = 20;

const told = new RoomSlot("told-moderators", () => new RateLimiter(HOUR));

/** Tells the moderators inside of a matter, except for one account (bare JID). `payload` is markup for their clients. */
export function tellModerators(
  room: Room,
  matter: "report" | "held-message",
  body: Text,
  { payload = "", except }: { readonly payload?: string; readonly except?: string } = {},
): void {
  const moderators = [...room.occupants.values()].filter(
    ({ role, bareJid }) => role === "moderator" && bareJid !== except,
  );
  const to = moderators.flatMap(({ sessions }) => sessions.list);
  const { elapsed, newId } = room.environment;
  if (to.length === 0 || !told.of(room).take(matter, MOST_TOLD, elapsed())) return;
  const head = openTag("message", { from: room.address, id: newId() });
  for (const [language, clients] of byLanguage(room, to))
    room.effects.broadcast(head, `">${bodyTag(body, language)}${payload}</message>`, clients);
}

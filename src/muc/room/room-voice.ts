// What a room says to some clients alone, such as its question to newcomers. Clients such as Converse.js show no message
// from the room's own address, so it has a nickname.
import { openTag } from "../../xmpp/tag.ts";
import type { Room } from "./room.ts";

/** The nickname that stands for the room. Nobody else may use it. */
export const ROOM_NICK = "(room)";

/** Sends clients a message that they show among those of the room. It is not archived. `content`: markup. */
export function tellAlone(room: Room, clients: readonly string[], id: string, content: string): void {
  const head = openTag("message", { type: "groupchat", from: room.occupantAddress(ROOM_NICK), id });
  room.effects.broadcast(head, `">${content}</message>`, clients);
}

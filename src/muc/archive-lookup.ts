// What the rules have to read from the archive before they can go on.
import type { ArchivedMessage } from "./journal.ts";
import { whenReady } from "./records.ts";
import type { Room } from "./room.ts";

/**
 * Looks a message up by its stanza-id, once everything so far is kept, and goes on with it, or with undefined where
 * it is not in the archive. The room may have changed until then, or be closed; what `next` brings about is kept and
 * sent as ever. `otherwise` is sent where nothing can be read.
 */
export function lookUp(
  room: Room,
  stanzaId: string,
  next: (message: ArchivedMessage | undefined) => void,
  otherwise = "",
): void {
  const query = { ids: [stanzaId], afterIds: [], beforeIds: [], max: 1, fromEnd: false };
  room.effects.inquire({
    ask: (records) =>
      whenReady(records.readArchive(room.node, query), (page) => {
        next(page?.messages[0]);
        return room.takeEffects();
      }),
    otherwise,
  });
}

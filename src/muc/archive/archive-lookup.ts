// What the rules have to read from the archive before they can go on.
import { sizeOf } from "../../xmpp/element.ts";
import { errorReply, type Stanza } from "../../xmpp/stanza.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { whenReady } from "../model/records.ts";
import type { Room } from "../room/room.ts";

/**
 * Looks a message up by its stanza-id, once everything so far is kept, and goes on with it, or with undefined where
 * it is not in the archive. The room may have changed until then, or be closed; what `next` brings about is kept and
 * sent as ever. Where nothing can be read, the sender of the stanza that needs it is told so.
 */
export function lookUp(
  room: Room,
  stanza: Stanza,
  stanzaId: string,
  next: (message: ArchivedMessage | undefined) => void,
): void {
  const query = { ids: [stanzaId], afterIds: [], beforeIds: [], max: 1, fromEnd: false };
  room.effects.query({
    account: stanza.from.bare,
    size: sizeOf(stanza.element),
    read: (records) =>
      whenReady(records.readArchive(room.node, query), (page) => {
        next(page?.messages[0]);
        return room.takeEffects();
      }),
    refuse: (error) => errorReply(stanza, error, room.address),
  });
}

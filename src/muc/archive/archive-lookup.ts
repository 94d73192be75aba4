// Reads of the archive by rules that continue with the result.
import { sizeOf } from "../../xmpp/element.ts";
import { errorReply, type Stanza } from "../../xmpp/stanza.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { whenReady } from "../model/records.ts";
import type { Room } from "../room/room.ts";

/**
 * Looks up a message by its stanza-id after everything so far is committed. `next` gets the message, or undefined if
 * the archive does not have it; its effects are committed and sent as usual. The room may have changed by then, or be
 * closed. If the archive cannot be read, the sender of the stanza gets an error.
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

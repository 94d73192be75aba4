// Reads of the archive by rules that continue with the result.
import { sizeOf } from "../../xmpp/element.ts";
import { errorReply, resultReply, type Stanza } from "../../xmpp/stanza.ts";
import type { ArchiveQuery } from "../model/archive-query.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import type { IqReply } from "../model/outcome.ts";
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
  lookUpPage(room, stanza, query, (messages) => next(messages[0]));
}

/** Looks up a page of messages, as `lookUp` does; an empty one if an id in the query is not in the archive. */
export function lookUpPage(
  room: Room,
  stanza: Stanza,
  query: ArchiveQuery,
  next: (messages: readonly ArchivedMessage[]) => void,
): void {
  room.effects.query({
    account: stanza.from.bare,
    size: sizeOf(stanza.element),
    read: (records) =>
      whenReady(records.readArchive(room.node, query), (page) => {
        next(page?.messages ?? []);
        return room.takeEffects();
      }),
    refuse: (error) => errorReply(stanza, error, room.address),
  });
}

/** Sends the reply to an IQ whose outcome was `ANSWERED_LATER`. */
export function answerLater(room: Room, stanza: Stanza, reply: IqReply): void {
  room.effects.send(
    reply.kind === "refused"
      ? errorReply(stanza, reply.error, room.address)
      : resultReply(stanza, reply.payload),
  );
}

// The text of archived messages, in parts that live messages, the history and archive results share.
import { NS } from "../../xmpp/namespaces.ts";
import { type Attributes, openTag, tag } from "../../xmpp/tag.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { occupantIdTag } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";

/** The fields of a message that its text needs. */
export type WrittenMessage = Pick<
  ArchivedMessage,
  "nick" | "id" | "language" | "author" | "stanzaId" | "at" | "payload"
>;

/** Writes a message as everybody gets it, in two parts: `marks` is what the room adds, as markup. */
export function writeArchived(room: Room, message: WrittenMessage): { head: string; marks: string } {
  return {
    head: openTag("message", messageAttributes(room, message)),
    marks: messageAdditions(room, message),
  };
}

/** Returns the attributes of a message, without its recipient. */
export function messageAttributes(room: Room, { nick, id, language }: WrittenMessage): Attributes {
  const from = nick === "" ? room.address : room.occupantAddress(nick);
  return { type: "groupchat", from, id, "xml:lang": language };
}

/** Writes what the room adds to a message: the occupant-id of its author (XEP-0421) and its stanza-id (XEP-0359). */
export function messageAdditions(room: Room, { author, stanzaId }: WrittenMessage): string {
  return (
    (author === "" ? "" : occupantIdTag(author)) +
    tag("stanza-id", { xmlns: NS.stanzaId, id: stanzaId, by: room.address })
  );
}

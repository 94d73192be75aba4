// What a moderated retraction (XEP-0425) writes: the announcement, and the tombstone in place of the message.
import { NS } from "../../xmpp/namespaces.ts";
import { tag } from "../../xmpp/tag.ts";
import { archive, retract } from "../archive/archive.ts";
import { writeArchived } from "../archive/message-text.ts";
import { fasten, retractTag } from "../archive/retraction-elements.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { reasonTag } from "../model/reason.ts";
import { audienceOf } from "../permissions/room-audience.ts";
import { namesModerators } from "../permissions/visibility.ts";
import type { Occupant } from "../room/occupant.ts";
import { occupantIdTag } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";

/** Who retracts, and why. Without a moderator the room does it by itself. */
export interface Moderation {
  readonly moderator: Pick<Occupant, "nick" | "id" | "affiliation" | "role"> | undefined;
  readonly reason: string | undefined;
  /** True if it is one of many, which must not fill the history of new occupants. */
  readonly isOneOfMany?: boolean;
}

/** Writes what both versions of the protocol say about a moderation. */
function writeModeration(room: Room, { moderator, reason }: Moderation) {
  const named = namesModerators(room) ? moderator : undefined;
  const by = named && room.occupantAddress(named.nick);
  const occupantId = named ? occupantIdTag(named.id) : "";
  const reasonElement = reasonTag(reason);
  return {
    content: tag("moderated", { xmlns: NS.moderate, by }, occupantId) + reasonElement,
    earlier: (action: string): string =>
      tag("moderated", { xmlns: NS.moderateEarlier, by }, occupantId + action + reasonElement),
  };
}

/**
 * Writes the tombstone of a message in both versions. `id`: that of the announcement, if there is one. `at` in milliseconds
 * since 1970.
 */
export function moderatedTombstone(
  room: Room,
  moderation: Moderation,
  { id, at }: { readonly id?: string; readonly at: number },
): string {
  const { content, earlier } = writeModeration(room, moderation);
  const stamp = new Date(at).toISOString();
  return (
    tag("retracted", { xmlns: NS.retract, id, stamp }, content) +
    earlier(tag("retracted", { xmlns: NS.retractEarlier, stamp }))
  );
}

/**
 * Retracts a message that the room knows, announces it in both versions, and archives the announcement for those who enter
 * later.
 */
export function announceRetraction(room: Room, moderation: Moderation, retracted: string): void {
  const { environment } = room;
  const { moderator } = moderation;
  const { content, earlier } = writeModeration(room, moderation);
  const announcement: ArchivedMessage = {
    kind: moderation.isOneOfMany ? "other" : "discussion",
    stanzaId: environment.newId(),
    at: environment.now(),
    nick: "",
    jid: "",
    author: "",
    affiliation: moderator?.affiliation ?? "none",
    role: moderator?.role ?? "none",
    id: environment.newId(),
    language: undefined,
    corrects: undefined,
    payload:
      retractTag(retracted, content) +
      fasten(retracted, earlier(tag("retract", { xmlns: NS.retractEarlier }))),
    text: undefined,
  };
  const tombstone = moderatedTombstone(room, moderation, announcement);
  retract(room, retracted, () => tombstone);
  const { head, marks } = writeArchived(room, announcement);
  room.effects.broadcast(head, `">${announcement.payload}${marks}</message>`, audienceOf(room).everybody());
  archive(room, announcement);
}

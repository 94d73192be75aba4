// Forwards messages to mentioned users who are not in the room (XEP-0452). A mention is a reference (XEP-0372) or an
// explicit mention (XEP-0513).
import { children } from "../../xmpp/element.ts";
import { escapeAttribute } from "../../xmpp/escape.ts";
import { accountOf, parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { openTag, tag } from "../../xmpp/tag.ts";
import { mayMention } from "../permissions/privileges.ts";
import { memberIdsOf } from "../room/member-ids.ts";
import { reservedFor } from "../room/nicknames.ts";
import type { Room } from "../room/room.ts";
import { mentionPermissions, withoutForbiddenMentions } from "./mention-permissions.ts";
import type { RoomMessage } from "./room-message.ts";

/**
 * Forwards a message to the mentioned users who are not in the room (section 3.2). Only affiliated users with a
 * registered nickname get it: by registering they choose to be reached. A mention of a group addresses occupants only
 * (XEP-0513 section 3.2), so it is not forwarded.
 */
export function forwardMentions(room: Room, message: RoomMessage): void {
  if (!room.config.forwardMentions) return;
  const to = mentionedUsers(room, message).filter((jid) => isAwayAndReachable(room, jid));
  if (to.length === 0) return;
  const delay = tag("delay", { xmlns: NS.delay, stamp: new Date(message.archived.at).toISOString() });
  const start = message.head.replace("<message", '<message xmlns="jabber:client"');
  const original = start + escapeAttribute(room.address) + message.tail;
  const forwarded = tag("forwarded", { xmlns: NS.forward }, delay + original);
  const head = openTag("message", { from: room.address, id: room.environment.newId() });
  const tail = `">${tag("mentions", { xmlns: NS.mentionNotifications }, forwarded)}</message>`;
  room.effects.broadcast(head, tail, to);
}

/** Returns the mentioned bare JIDs, each once; none where the sender may not mention users or mentions too many. */
function mentionedUsers(room: Room, { stanza: { element }, sender }: RoomMessage): string[] {
  const mentions = children(element, "mention", NS.mentions);
  const references = children(element, "reference", NS.reference).filter((el) => el.attrs.type === "mention");
  if (mentions.length + references.length === 0) return [];
  const { individual, count } = mentionPermissions(room);
  if (!mayMention(individual, sender) || mentions.length + references.length > count) return [];

  const ids = withoutForbiddenMentions(room, sender, mentions)
    // "active" mentions notify occupants only, "noping" mentions nobody (XEP-0513 section 3.5).
    .filter((el) => !el.getChild("noping", NS.mentions) && !el.getChild("active", NS.mentions))
    .flatMap((el) => (el.attrs.mentions === undefined ? (el.attrs.occupantid ?? []) : []));
  const byId = ids.flatMap((id) => memberIdsOf(room).userWith(id) ?? []);
  const byReference = references.flatMap((el) => referencedUser(room, el.attrs.uri ?? "") ?? []);
  return [...new Set([...byId, ...byReference])];
}

/** Returns the bare JID of an XMPP URI: the URI names a user, or an occupant JID with a reserved nickname. */
function referencedUser(room: Room, uri: string): string | undefined {
  const [, path] = /^xmpp:([^?#]+)/.exec(uri) ?? [];
  if (path === undefined) return undefined;
  const jid = parseJid(decode(path));
  if (jid?.bare !== accountOf(room.address)) return jid?.bare;
  return jid.resource === undefined ? undefined : reservedFor(room, jid.resource);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isAwayAndReachable(room: Room, jid: string): boolean {
  const record = room.affiliations.get(jid);
  if (record?.nick === undefined || record.affiliation === "outcast") return false;
  return room.occupantsOf(jid).length === 0;
}

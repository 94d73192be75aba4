// Visibility of real JIDs, implemented independently of src/muc/permissions/visibility.ts.
import type { Room } from "../../src/muc/room/room.ts";
import { bareOf } from "../../src/xmpp/jid.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { ADMIN, SERVICE, usersNamedIn, wordOf } from "./cast.ts";
import { find, type Node } from "./strict-xml.ts";
import { statusesOf, type Told } from "./told.ts";

/** Facts by which a stanza is judged. */
export interface Sight {
  readonly to: string;
  /** The room's state after the step; undefined if the room is gone. */
  readonly room: Room | undefined;
  readonly told: Told | undefined;
  /** Sender of the stanza that caused the step, and that stanza as text. */
  readonly asker: string | undefined;
  readonly asked: string;
}

/**
 * Returns the users whose real JIDs a stanza shows to a recipient who may not see them. A recipient may see:
 * - its own JID (section 7.2.2: a user's own presence);
 * - all JIDs in a non-anonymous room, or as a moderator (sections 7.2.3, 7.2.4). This is judged by the state after the
 *   step, or by the latest state that the recipient was told, this stanza included. So a stanza sent before a change
 *   may arrive before the notice of the change, but not after it;
 * - all JIDs as an admin or owner, also from outside the room: they may read the lists of sections 9 and 10;
 * - in an answer to its request, the JIDs that another client of its user may see, and, as a member, all JIDs that the
 *   room shows to everybody;
 * - the JIDs that it named itself in the request that is answered or refused;
 * - all JIDs as the administrator of the service, in answers of the service itself;
 * - the JID of the user who declines its invitation, or whose server does (the room passes it on, section 7.8.2).
 */
export function leaks(stanza: Node, text: string, sight: Sight): string[] {
  const named = usersNamedIn(withoutRecipient(text));
  if (named.size === 0) return [];
  if (stanza.attrs.from === SERVICE && bareOf(sight.to) === ADMIN) return [];
  const allowed = new Set([wordOf(sight.to)]);
  if (sight.asker === sight.to) for (const word of usersNamedIn(sight.asked)) allowed.add(word);
  const x = find(stanza, "x", NS.mucUser);
  const fromInvitee = find(x, "decline") ?? (stanza.attrs.type === "error" && find(x, "invite"));
  if (fromInvitee && sight.asker !== undefined) allowed.add(wordOf(sight.asker));
  if (seesAll(sight) || makesModerator(stanza) || (isAnswer(stanza) && userSeesAll(sight))) return [];
  return [...named].filter((word) => !allowed.has(word));
}

/** Returns true for an answer. A result of an archive query is part of an answer. */
const isAnswer = (stanza: Node): boolean =>
  stanza.name === "iq" || find(stanza, "result", NS.mam) !== undefined;

function seesAll({ to, room, told }: Sight): boolean {
  if (told?.present && (told.role === "moderator" || told.nonAnonymous)) return true;
  if (!room) return false;
  const bare = bareOf(to);
  const affiliation = bare === ADMIN ? "owner" : room.affiliations.get(bare)?.affiliation;
  if (affiliation === "owner" || affiliation === "admin") return true;
  const occupant = room.sessions.get(to);
  return occupant !== undefined && (occupant.role === "moderator" || room.config.whois === "anyone");
}

function makesModerator(stanza: Node): boolean {
  const item = find(find(stanza, "x", NS.mucUser), "item");
  return statusesOf(stanza).includes("110") && item?.attrs.role === "moderator";
}

function userSeesAll({ to, room }: Sight): boolean {
  if (!room) return false;
  const bare = bareOf(to);
  const isOpen = room.config.whois === "anyone";
  if (isOpen && room.affiliationOf(bare) === "member") return true;
  return [...room.sessions].some(
    ([jid, { role }]) => bareOf(jid) === bare && (isOpen || role === "moderator"),
  );
}

/** Removes the recipient's address from a stanza's text. */
function withoutRecipient(text: string): string {
  const end = /^(?:[^">]|"[^"]*")*/.exec(text)?.[0].length ?? 0;
  return text.slice(0, end).replace(/ to="[^"]*"/, "") + text.slice(end);
}

// Who may see whose real JID, thought out anew and not taken from src/muc/permissions/visibility.ts.
import type { Room } from "../../src/muc/room/room.ts";
import { bareOf } from "../../src/xmpp/jid.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { ADMIN, SERVICE, usersNamedIn, wordOf } from "./cast.ts";
import { find, type Node } from "./strict-xml.ts";
import { statusesOf, type Told } from "./told.ts";

/** What is known when a stanza is judged. */
export interface Sight {
  readonly to: string;
  /** The room's state after the step; undefined where it is gone. */
  readonly room: Room | undefined;
  readonly told: Told | undefined;
  /** The sender of the stanza that brought the step about, and that stanza as text. */
  readonly asker: string | undefined;
  readonly asked: string;
}

/**
 * The users that a stanza shows by real JID to somebody who may not see it. It may see:
 * - its own JID (section 7.2.2: one's own presence);
 * - all of them in a room that shows them to all, or as its moderator (sections 7.2.3, 7.2.4): by the state after
 *   the step, or by what it has been told last (by this very stanza even), so that a stanza that was due before a
 *   change may arrive before the news of the change and not after it;
 * - all of them as an admin or owner, also from outside: the lists of sections 9 and 10 are theirs;
 * - in answer to its request what another of its user's clients may see, and as a member all that a room shows to all;
 * - those it has named itself in the request that is answered here, or refused;
 * - all of them as the administrator of the service, in what the service itself answers;
 * - the JID of the user who declines its invitation, or whose server does (section 7.8.2 has the room pass it on).
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

/** A result of a query of the archive is part of its answer. */
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

/** The text without the address that it is sent to. */
function withoutRecipient(text: string): string {
  const end = /^(?:[^">]|"[^"]*")*/.exec(text)?.[0].length ?? 0;
  return text.slice(0, end).replace(/ to="[^"]*"/, "") + text.slice(end);
}

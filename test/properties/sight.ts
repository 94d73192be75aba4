// Who may see whose real JID, thought out anew and not taken from src/muc/visibility.ts.
import type { Room } from "../../src/muc/room.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { ADMIN, usersNamedIn, wordOf } from "./cast.ts";
import { find, type Node } from "./strict-xml.ts";
import type { Told } from "./told.ts";

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
 *   the step, or by what it has been told last, so that a stanza that was due before a change may arrive before the
 *   news of the change and not after it; one user's clients see alike, so a list may go to one that is not here;
 * - all of them as a member of a room that shows them to all, also while away (section 9.5);
 * - all of them as an admin or owner, also from outside: the lists of sections 9 and 10 are theirs;
 * - those it has named itself in the request that is answered here, or refused;
 * - the JID of the user who declines its invitation (section 7.8.2 has the room pass it on).
 */
export function leaks(stanza: Node, text: string, sight: Sight): string[] {
  const named = usersNamedIn(withoutRecipient(text));
  if (named.size === 0) return [];
  const allowed = new Set([wordOf(sight.to)]);
  if (sight.asker === sight.to) for (const word of usersNamedIn(sight.asked)) allowed.add(word);
  const decline = find(find(stanza, "x", NS.mucUser), "decline");
  if (decline && sight.asker !== undefined) allowed.add(wordOf(sight.asker));
  if (seesAll(sight)) return [];
  return [...named].filter((word) => !allowed.has(word));
}

function seesAll({ to, room, told }: Sight): boolean {
  if (told?.present && (told.role === "moderator" || told.nonAnonymous)) return true;
  if (!room) return false;
  const bare = to.split("/")[0] ?? "";
  const affiliation = bare === ADMIN ? "owner" : room.affiliations.get(bare)?.affiliation;
  if (affiliation === "owner" || affiliation === "admin") return true;
  const roles = [...room.occupants.values()]
    .filter(({ bareJid }) => bareJid === bare)
    .map(({ role }) => role);
  if (room.config.whois === "anyone") return affiliation === "member" || roles.length > 0;
  return roles.includes("moderator");
}

/** The text without the address that it is sent to. */
function withoutRecipient(text: string): string {
  const end = text.indexOf(">");
  return text.slice(0, end).replace(/ to="[^"]*"/, "") + text.slice(end);
}

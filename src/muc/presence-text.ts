// What a room's presence stanzas say, as text (XEP-0045 sections 7.2.2 and 7.14).
import { escapeAttribute } from "../xmpp/escape.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import type { Actor } from "./actor.ts";
import type { Affiliation, Role } from "./affiliation.ts";
import { writeStatuses } from "./status-tags.ts";

/** What a presence says beyond the occupant's own state. */
export interface Notice {
  readonly statuses?: readonly number[];
  /** Only the occupant itself is told these (100, 170, 201, 210). */
  readonly selfStatuses?: readonly number[];
  readonly actor?: Actor | undefined;
  readonly reason?: string | undefined;
  /** The new nickname (303). */
  readonly nick?: string;
  /** A child of x beside item (destroy), as markup. */
  readonly extra?: string;
  /** The same, for those alone who see real JIDs and asked for it when they entered (XEP-0463). */
  readonly version?: string | undefined;
}

export interface Item {
  readonly affiliation: Affiliation;
  readonly role: Role;
  readonly jid: string | undefined;
}

/** The muc extension, for one who sees the real JID of an actor or does not. */
export function writeUserExtension(
  item: Item,
  notice: Notice,
  seesJids: boolean,
  statuses: readonly number[],
): string {
  const { actor, reason } = notice;
  const actorTag = actor ? tag("actor", { nick: actor.nick, jid: seesJids ? actor.jid : undefined }) : "";
  const version = seesJids ? (notice.version ?? "") : "";
  const content = actorTag + (reason ? textTag("reason", reason) : "");
  const { affiliation, role, jid } = item;
  const itemTag = tag("item", { affiliation, role, jid, nick: notice.nick }, content);
  return tag("x", { xmlns: NS.mucUser }, itemTag + writeStatuses(statuses) + (notice.extra ?? "") + version);
}

/** The start of a presence, up to where the recipient's address goes. */
export const presenceHead = (from: string, unavailable: boolean): string =>
  `<presence from="${escapeAttribute(from)}"${unavailable ? ' type="unavailable"' : ""} to="`;

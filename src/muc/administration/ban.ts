// Bans of an account by a command (XEP-0045 section 9.1).
import type { Jid } from "../../xmpp/jid.ts";
import type { StanzaError } from "../../xmpp/stanza-error.ts";
import { applyAffiliation } from "../affiliations/affiliation-change.ts";
import { refuseBan } from "../permissions/privileges.ts";
import { actorOf } from "../room/actor.ts";
import type { Room } from "../room/room.ts";
import { reasonUntil } from "./moderation-form.ts";

/** Bans an account for an admin, until a time (milliseconds since 1970) or for good. Refuses what the admin may not do. */
export function banAccount(
  room: Room,
  admin: Jid,
  jid: string,
  { until, reason: given }: { readonly until: number | undefined; readonly reason: string | undefined },
): StanzaError | undefined {
  const refusal = refuseBan(room, admin.bare, jid);
  if (refusal) return refusal;
  const reason = until === undefined ? given : reasonUntil(given, until);
  applyAffiliation(room, jid, { affiliation: "outcast", reason, until, actor: actorOf(room, admin) });
  return undefined;
}

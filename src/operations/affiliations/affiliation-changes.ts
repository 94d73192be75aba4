import { z } from "zod";
import { handleAdminQuery } from "../../muc/administration/admin-query.ts";
import { AFFILIATIONS } from "../../muc/model/affiliation.ts";
import type { Room } from "../../muc/room/room.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Result } from "../../xmpp/result.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import type { Caller } from "../operation.ts";
import { reasonParameter } from "../parameters.ts";
import { request } from "../room-rules.ts";

export const affiliationChange = z.strictObject({
  user: z.string().max(3071).meta({ description: "Address of the user, or of a domain to ban" }),
  affiliation: z.enum(AFFILIATIONS),
  nickname: z
    .string()
    .exactOptional()
    .meta({ description: "Nickname to reserve; empty to remove the reservation" }),
  reason: reasonParameter,
});

/** Changes affiliations with a room, all or none of them. */
export function changeAffiliations(
  room: Room,
  caller: Caller,
  changes: readonly z.output<typeof affiliationChange>[],
): Result<undefined> {
  const items = changes.map(({ user, affiliation, nickname, reason }) =>
    tag(
      "item",
      { jid: user, affiliation, nick: nickname },
      reason === undefined ? "" : textTag("reason", reason),
    ),
  );
  const query = tag("query", { xmlns: NS.mucAdmin }, items.join(""));
  return request(room, caller, handleAdminQuery, query);
}

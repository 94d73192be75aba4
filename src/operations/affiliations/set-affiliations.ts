import { z } from "zod";
import { handleAdminQuery } from "../../muc/administration/admin-query.ts";
import { AFFILIATIONS } from "../../muc/model/affiliation.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { DONE, done } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { request } from "../room-rules.ts";

const change = z.strictObject({
  user: z.string().max(3071).meta({ description: "Address of the user, or of a domain to ban" }),
  affiliation: z.enum(AFFILIATIONS),
  nickname: z
    .string()
    .exactOptional()
    .meta({ description: "Nickname to reserve; empty to remove the reservation" }),
  reason: reasonParameter,
});

export const setAffiliations: Operation = operation({
  name: "affiliations.set",
  summary: "Sets affiliations of many users with a room and reserves nicknames, all or none of them",
  scope: "admin",
  effect: "changes",
  http: "POST /rooms/{room}/affiliations",
  operands: ["room"],
  params: z.strictObject({ room: roomParameter, changes: z.array(change).min(1).max(1000) }),
  result: DONE,
  refusals: ["item-not-found", "jid-malformed", "not-allowed", "conflict", "not-acceptable"],
  async run(service, { room, changes }, caller) {
    const items = changes.map(({ user, affiliation, nickname, reason }) =>
      tag(
        "item",
        { jid: user, affiliation, nick: nickname },
        reason === undefined ? "" : textTag("reason", reason),
      ),
    );
    const query = tag("query", { xmlns: NS.mucAdmin }, items.join(""));
    return done(await inNamedRoom(service, room, (live) => request(live, caller, handleAdminQuery, query)));
  },
});

import { z } from "zod";
import { inviteForService, refuseInvitationOf } from "../../muc/membership/invitation.ts";
import { boundedReason } from "../../muc/model/reason.ts";
import type { Jid } from "../../xmpp/jid.ts";
import { prepareJid } from "../../xmpp/jid.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { DONE, done } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter, userParameter } from "../parameters.ts";

export const invite: Operation = operation({
  name: "room.invite",
  summary: "Invites users to a room in its name, all or none of them; a members-only room makes them members",
  scope: "moderate",
  effect: "changes",
  http: "POST /rooms/{room}/invitations",
  operands: ["room"],
  params: z.strictObject({
    room: roomParameter,
    users: z.array(userParameter).min(1).max(100).meta({ description: "Addresses of the users" }),
    reason: reasonParameter,
  }),
  result: DONE,
  refusals: ["item-not-found", "jid-malformed", "not-allowed"],
  async run(service, { room, users, reason }, caller) {
    const told = reason === undefined ? undefined : boundedReason(reason);
    const outcome = await inNamedRoom(service, room, (live) => {
      const invitees: Jid[] = [];
      for (const user of new Set(users)) {
        const to = prepareJid(user);
        const refusal = refuseInvitationOf(live, to);
        if (!to || refusal) return refuse(refusal ?? errors.jidMalformed(say`${user} is no address`));
        invitees.push(to);
      }
      for (const to of invitees) inviteForService(live, to, { by: caller.jid.bare, reason: told });
      return ok(undefined);
    });
    return done(outcome);
  },
});

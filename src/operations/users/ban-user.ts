import { z } from "zod";
import { actRecord } from "../../muc/model/act.ts";
import { Effects } from "../../muc/model/effects.ts";
import { boundedReason } from "../../muc/model/reason.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter } from "../parameters.ts";
import { banTarget } from "./ban-target.ts";

export const banUser: Operation = operation({
  name: "user.ban",
  summary: "Bans a user or a domain from all rooms, until the ban is lifted",
  scope: "admin",
  effect: "changes",
  http: "PUT /bans/{user}",
  operands: ["user"],
  params: z.strictObject({
    user: banTarget,
    reason: reasonParameter.meta({ description: "Reason, for the list of bans and the records of acts" }),
  }),
  result: DONE,
  refusals: ["not-allowed"],
  async run(service, { user, reason: text }, caller) {
    const { environment } = service.registry;
    if (environment.isServiceAdmin(user))
      return refuse(errors.notAllowed(say`Administrators of the service cannot be banned`));
    const [by, at] = [caller.jid.bare, environment.now()];
    const reason = text === undefined ? undefined : boundedReason(text);
    await service.bans.ban({ account: user, reason, by, at });
    const effects = new Effects();
    const act = actRecord(at, { kind: "user-banned", by, target: user, reason });
    effects.journal.push({ kind: "act-recorded", node: "", act });
    await service.apply(effects);
    return ok({});
  },
});

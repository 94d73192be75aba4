import { z } from "zod";
import { actRecord } from "../../muc/model/act.ts";
import { Effects } from "../../muc/model/effects.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { banTarget } from "./ban-target.ts";

export const unbanUser: Operation = operation({
  name: "user.unban",
  summary: "Lifts a ban from all rooms; bans of single rooms and lists of the configuration stay",
  scope: "admin",
  effect: "changes",
  http: "DELETE /bans/{user}",
  operands: ["user"],
  params: z.strictObject({ user: banTarget }),
  result: DONE,
  refusals: ["item-not-found"],
  async run(service, { user }, caller) {
    if (!(await service.bans.unban(user))) return refuse(errors.itemNotFound(say`There is no such ban`));
    const effects = new Effects();
    const at = service.registry.environment.now();
    const act = actRecord(at, { kind: "user-unbanned", by: caller.jid.bare, target: user });
    effects.journal.push({ kind: "act-recorded", node: "", act });
    await service.apply(effects);
    return ok({});
  },
});

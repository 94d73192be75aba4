import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";

export const reload: Operation = operation({
  name: "service.reload",
  summary: "Loads the configuration of this process again, as SIGHUP does; one with problems changes nothing",
  scope: "admin",
  effect: "changes",
  http: "POST /reload",
  operands: [],
  params: z.strictObject({}),
  result: z.object({
    applied: z.array(z.string()).meta({ description: "Settings that have changed" }),
    afterRestart: z.array(z.string()).meta({ description: "Settings that change at the next start" }),
    problems: z.array(z.string()).meta({ description: "What is wrong with the configuration" }),
  }),
  refusals: [],
  async run({ control }) {
    const { applied, afterRestart, problems } = control.reload();
    return ok({ applied: [...applied], afterRestart: [...afterRestart], problems: [...problems] });
  },
});

import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";
import { LOG_LEVELS } from "../operation-service.ts";

export const setLogLevel: Operation = operation({
  name: "log.level",
  summary: "Sets the level of this process's log until its configuration is loaded again, or shows it",
  scope: "admin",
  effect: "changes",
  http: "PUT /log/level",
  operands: ["level"],
  params: z.strictObject({ level: z.enum(LOG_LEVELS).exactOptional() }),
  result: z.object({ level: z.enum(LOG_LEVELS) }),
  refusals: [],
  async run({ control }, { level }) {
    if (level !== undefined) control.logLevel = level;
    return ok({ level: control.logLevel });
  },
});

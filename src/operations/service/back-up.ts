import { isAbsolute } from "node:path";
import { z } from "zod";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { verbatim } from "../../xmpp/text.ts";
import { DONE, done } from "../done.ts";
import { type Operation, operation } from "../operation.ts";

/** Not in the HTTP API: it writes to a path of this machine. */
export const backUp: Operation = operation({
  name: "backup",
  summary: "Copies the SQLite database to a new file",
  scope: "admin",
  effect: "reads",
  http: undefined,
  operands: ["file"],
  params: z.strictObject({
    file: z
      .string()
      .refine(isAbsolute, "expected an absolute path")
      .meta({ description: "Path of the new file" }),
  }),
  result: DONE,
  refusals: ["service-unavailable"],
  async run(service, { file }) {
    const problem = await service.writeBackup(file);
    return problem === undefined ? done(ok(undefined)) : refuse(errors.serviceUnavailable(verbatim(problem)));
  },
});

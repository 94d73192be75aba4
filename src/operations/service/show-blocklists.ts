import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";

const users = z.array(z.string());

export const showBlocklists: Operation = operation({
  name: "blocklists.show",
  summary: "Shows the blocklists of the configuration, and those of other services with their figures",
  scope: "read",
  effect: "reads",
  http: "GET /blocklists",
  operands: [],
  params: z.strictObject({}),
  result: z.object({
    entry: users.meta({ description: "Who may enter no room" }),
    creation: users.meta({ description: "Who may create no room" }),
    everything: users.meta({ description: "Who may not use the service" }),
    subscribed: z.array(
      z.object({
        list: z.string().meta({ description: "Address of the list" }),
        hashes: z.number().meta({ description: "Accounts and domains in the list" }),
        hits: z.number().meta({ description: "Users of this process that were found in it" }),
        failures: z.number().meta({ description: "Failed attempts since it was read, in this process" }),
      }),
    ),
  }),
  refusals: [],
  async run({ blocklists }) {
    const { entry, creation, everything } = blocklists.configured();
    const subscribed = blocklists.subscribed().map((list) => ({ ...list }));
    return ok({ entry: [...entry], creation: [...creation], everything: [...everything], subscribed });
  },
});

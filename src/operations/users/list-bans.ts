import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";

export const listBans: Operation = operation({
  name: "bans.list",
  summary:
    "Lists the users and domains that are banned from all rooms, without the lists of the configuration",
  scope: "read",
  effect: "reads",
  http: "GET /bans",
  operands: [],
  params: z.strictObject({
    after: z.string().max(3071).default("").meta({ description: "Continue after this one" }),
    max: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .meta({ description: "Maximum number of bans" }),
  }),
  result: z.object({
    bans: z.array(
      z.object({
        user: z.string().meta({ description: "Address, or `sha256:` and a hash if the account was erased" }),
        reason: z.string().exactOptional(),
        by: z.string().exactOptional(),
        at: z.iso.datetime(),
      }),
    ),
    next: z.string().exactOptional().meta({ description: "Value of `after` for the next page" }),
  }),
  refusals: [],
  async run({ bans }, { after, max }) {
    const found = bans.list(after, max + 1);
    const shown = found.slice(0, max).map(({ account, reason, by, at }) => ({
      user: account,
      ...(reason !== undefined && { reason }),
      ...(by !== undefined && { by }),
      at: new Date(at).toISOString(),
    }));
    const last = shown.at(-1);
    return ok({ bans: shown, ...(found.length > max && last && { next: last.user }) });
  },
});

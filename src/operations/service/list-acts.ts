import { z } from "zod";
import { ACT_KINDS } from "../../muc/model/act.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type Operation, operation } from "../operation.ts";
import { nodeOf, roomParameter } from "../parameters.ts";

export const listActs: Operation = operation({
  name: "acts.list",
  summary: "Lists what staff did and which measures rooms took, newest first, in all rooms or in one",
  scope: "read",
  effect: "reads",
  http: "GET /acts",
  operands: [],
  params: z.strictObject({
    of: roomParameter
      .exactOptional()
      .meta({ description: "Only in this room, which need not exist any more" }),
    before: z.coerce
      .number()
      .int()
      .exactOptional()
      .meta({ description: "Continue before the act of this number" }),
    max: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .meta({ description: "Maximum number of acts" }),
  }),
  result: z.object({
    acts: z.array(
      z.object({
        number: z.int(),
        at: z.iso.datetime(),
        room: z.string().exactOptional(),
        kind: z.enum(ACT_KINDS),
        by: z
          .string()
          .exactOptional()
          .meta({ description: "Missing for a measure that the room took by itself" }),
        target: z.string().exactOptional(),
        reason: z.string().exactOptional(),
        rule: z.string().exactOptional(),
        detail: z.string().exactOptional(),
      }),
    ),
    next: z
      .int()
      .exactOptional()
      .meta({ description: "Value of `before` for the next page; missing on the last one" }),
  }),
  refusals: [],
  async run({ records, registry }, { of, before, max }) {
    const { domain } = registry.environment;
    const node = of === undefined ? undefined : nodeOf(of, domain);
    if (of !== undefined && node === undefined)
      return refuse(errors.badRequest(say`of: expected a room of this service`));
    const found = await records.readActs({ node, before, max: max + 1 });
    const acts = found.slice(0, max).map(({ id, node: room, at, kind, ...more }) => ({
      number: id,
      at: new Date(at).toISOString(),
      ...(room !== "" && { room: `${room}@${domain}` }),
      kind,
      ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)),
    }));
    const last = acts.at(-1);
    return ok({ acts, ...(found.length > max && last && { next: last.number }) });
  },
});

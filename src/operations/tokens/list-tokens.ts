import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";
import { timeOf, tokenShape } from "./token-parameters.ts";

export const listTokens: Operation = operation({
  name: "token.list",
  summary: "Lists the tokens of the HTTP API, expired ones too, without their secrets",
  scope: "admin",
  effect: "reads",
  http: undefined,
  operands: [],
  params: z.strictObject({}),
  result: z.object({
    tokens: z.array(
      tokenShape.extend({
        created: z.iso.datetime(),
        used: z.iso
          .datetime()
          .exactOptional()
          .meta({ description: "When it was used last, to a minute or so" }),
      }),
    ),
  }),
  refusals: [],
  async run({ tokens, registry }) {
    const { domain } = registry.environment;
    return ok({
      tokens: (await tokens.list()).map(({ name, scope, rooms, created, expires, used }) => ({
        ...{ token: name, scope },
        ...(rooms && { rooms: rooms.map((node) => `${node}@${domain}`) }),
        ...(expires !== undefined && { expires: timeOf(expires) }),
        created: timeOf(created),
        ...(used !== undefined && { used: timeOf(used) }),
      })),
    });
  },
});

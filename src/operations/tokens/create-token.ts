import { z } from "zod";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type Operation, operation } from "../operation.ts";
import { nodeOf, roomParameter } from "../parameters.ts";
import { SCOPES } from "../scope.ts";
import { MOST_TOKENS } from "./token-keeper.ts";
import { timeOf, tokenParameter, tokenShape } from "./token-parameters.ts";

const DAY_MS = 86_400_000;

/** Not in the HTTP API: whoever has a token cannot give others to anybody. */
export const createToken: Operation = operation({
  name: "token.create",
  summary: "Makes a token for the HTTP API and shows its secret, which nothing shows again",
  scope: "admin",
  effect: "changes",
  http: undefined,
  operands: ["token"],
  params: z.strictObject({
    token: tokenParameter,
    scope: z.enum(SCOPES).meta({ description: "Rights of the token" }),
    rooms: z.array(roomParameter).min(1).max(100).exactOptional().meta({
      description: "The only rooms that the token is for; without them, it is for the whole service",
    }),
    days: z.coerce
      .number()
      .int()
      .min(1)
      .max(3650)
      .exactOptional()
      .meta({ description: "Days after which the token expires; without them, it does not" }),
  }),
  result: tokenShape.extend({
    secret: z.string().meta({ description: "What a client sends after Authorization: Bearer" }),
  }),
  refusals: ["conflict", "resource-constraint"],
  async run({ tokens, registry }, { token, scope, rooms, days }) {
    const { domain } = registry.environment;
    const nodes = rooms?.map((room) => nodeOf(room, domain));
    if (nodes?.includes(undefined))
      return refuse(errors.badRequest(say`rooms: expected addresses of rooms of this service`));
    if ((await tokens.list()).length >= MOST_TOKENS)
      return refuse(errors.resourceConstraint(say`There are too many tokens: revoke some`));
    const known = nodes && [...new Set(nodes.filter((node) => node !== undefined))];
    const expires = days === undefined ? undefined : Date.now() + days * DAY_MS;
    const secret = await tokens.create({ name: token, scope, rooms: known, expires });
    if (secret === undefined) return refuse(errors.conflict(say`There is a token of this name`));
    return ok({
      ...{ token, scope },
      ...(known && { rooms: known.map((node) => `${node}@${domain}`) }),
      ...(expires !== undefined && { expires: timeOf(expires) }),
      secret,
    });
  },
});

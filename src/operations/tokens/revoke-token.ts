import { z } from "zod";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { DONE, done } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { tokenParameter } from "./token-parameters.ts";

export const revokeToken: Operation = operation({
  name: "token.revoke",
  summary: "Revokes a token of the HTTP API; in a cluster, other nodes notice it within two seconds",
  scope: "admin",
  effect: "changes",
  http: undefined,
  operands: ["token"],
  params: z.strictObject({ token: tokenParameter }),
  result: DONE,
  refusals: ["item-not-found"],
  async run({ tokens }, { token }) {
    const isRevoked = await tokens.revoke(token);
    return isRevoked ? done(ok(undefined)) : refuse(errors.itemNotFound(say`There is no token of this name`));
  },
});

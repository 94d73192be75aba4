import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";
import { shapeOf, webhookShape } from "./webhook-parameters.ts";

export const listWebhooks: Operation = operation({
  name: "webhook.list",
  summary: "Lists the webhooks, without their secrets",
  scope: "admin",
  effect: "reads",
  http: "GET /webhooks",
  operands: [],
  params: z.strictObject({}),
  result: z.object({ webhooks: z.array(webhookShape) }),
  refusals: [],
  async run({ webhooks, registry }) {
    const { domain } = registry.environment;
    return ok({ webhooks: webhooks.all.map((webhook) => shapeOf(webhook, domain)) });
  },
});

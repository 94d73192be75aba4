import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";
import { namedWebhook, webhookParameter } from "./webhook-parameters.ts";

export const retryWebhook: Operation = operation({
  name: "webhook.retry",
  summary: "Sends the dead letters of a webhook again, before what waits, and does not wait for the next try",
  scope: "admin",
  effect: "changes",
  http: "POST /webhooks/{webhook}/retry",
  operands: ["webhook"],
  params: z.strictObject({ webhook: webhookParameter }),
  result: z.object({ events: z.int().meta({ description: "Dead letters that wait again" }) }),
  refusals: ["item-not-found"],
  async run(service, { webhook }) {
    const found = namedWebhook(service, webhook);
    if (found.kind === "refused") return found;
    return ok({ events: await service.webhooks.retry(found.value) });
  },
});

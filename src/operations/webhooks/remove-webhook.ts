import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { namedWebhook, webhookParameter } from "./webhook-parameters.ts";

export const removeWebhook: Operation = operation({
  name: "webhook.remove",
  summary: "Removes a webhook with its queue and its dead letters",
  scope: "admin",
  effect: "destroys",
  http: "DELETE /webhooks/{webhook}",
  operands: ["webhook"],
  params: z.strictObject({ webhook: webhookParameter }),
  result: DONE,
  refusals: ["item-not-found"],
  async run(service, { webhook }) {
    const found = namedWebhook(service, webhook);
    if (found.kind === "refused") return found;
    await service.webhooks.remove(webhook);
    return ok({});
  },
});

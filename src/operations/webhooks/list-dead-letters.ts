import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";
import { namedWebhook, webhookParameter } from "./webhook-parameters.ts";

export const listDeadLetters: Operation = operation({
  name: "webhook.dead-letters",
  summary: "Lists events that a webhook is not sent any more, the oldest first",
  scope: "admin",
  effect: "reads",
  http: "GET /webhooks/{webhook}/dead-letters",
  operands: ["webhook"],
  params: z.strictObject({
    webhook: webhookParameter,
    max: z.coerce.number().int().min(1).max(100).default(20).meta({ description: "Most events to list" }),
    after: z.coerce
      .number()
      .int()
      .min(0)
      .default(0)
      .meta({ description: "Number of the event after which the list begins" }),
  }),
  result: z.object({
    events: z.array(
      z.object({
        number: z.int(),
        event: z.string().meta({ description: "Id of the event" }),
        time: z.iso.datetime(),
        error: z.string().meta({ description: "Why it is not sent any more" }),
        body: z.string().meta({ description: "What was to be sent" }),
      }),
    ),
  }),
  refusals: ["item-not-found"],
  async run(service, { webhook, max, after }) {
    const found = namedWebhook(service, webhook);
    if (found.kind === "refused") return found;
    const letters = await service.store.readDeliveries(webhook, true, after, max);
    const events = letters.map(({ id, event, at, error = "", body }) => {
      return { number: id, event, time: new Date(at).toISOString(), error, body };
    });
    return ok({ events });
  },
});

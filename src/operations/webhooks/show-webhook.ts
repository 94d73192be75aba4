import { z } from "zod";
import { readStatus } from "../../webhooks/webhook.ts";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";
import { namedWebhook, shapeOf, webhookParameter, webhookShape } from "./webhook-parameters.ts";

export const showWebhook: Operation = operation({
  name: "webhook.show",
  summary: "Shows a webhook: its queue, its dead letters and its last failure",
  scope: "admin",
  effect: "reads",
  http: "GET /webhooks/{webhook}",
  operands: ["webhook"],
  params: z.strictObject({ webhook: webhookParameter }),
  result: webhookShape.extend({
    waiting: z.int().meta({ description: "Events that wait to be delivered" }),
    waitingBytes: z.int(),
    deadLetters: z.int().meta({ description: "Events that are not sent any more" }),
    failures: z.int().meta({ description: "Failed requests since the last success" }),
    lastError: z.string().exactOptional(),
    lastErrorAt: z.iso.datetime().exactOptional(),
  }),
  refusals: ["item-not-found"],
  async run(service, { webhook: id }) {
    const found = namedWebhook(service, id);
    if (found.kind === "refused") return found;
    const { store, registry } = service;
    const { waiting, bytes, dead } = await store.countDeliveries(id);
    const stored = (await store.readWebhooks()).find((each) => each.id === id);
    const { failures, error, errorAt } = readStatus(stored?.status ?? "");
    return ok({
      ...shapeOf(found.value, registry.environment.domain),
      ...{ waiting, waitingBytes: bytes, deadLetters: dead, failures },
      ...(error !== undefined && { lastError: error }),
      ...(errorAt !== undefined && { lastErrorAt: new Date(errorAt).toISOString() }),
    });
  },
});

// What the operations on webhooks share.
import { z } from "zod";
import { EVENT_KINDS } from "../../events/room-event.ts";
import type { Webhook } from "../../webhooks/webhook.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import type { OperationService } from "../operation-service.ts";

export const webhookParameter = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "expected up to 64 letters, digits, dots, underscores and hyphens",
  )
  .meta({ description: "Name of the webhook" });

export const webhookShape = z.object({
  webhook: z.string(),
  url: z.string(),
  rooms: z
    .array(z.string())
    .exactOptional()
    .meta({ description: "The only rooms whose events it gets; missing for all" }),
  kinds: z.array(z.enum(EVENT_KINDS)).meta({ description: "Kinds of events" }),
  reveal: z.boolean().meta({ description: "True if it gets real addresses that rooms hide" }),
  created: z.iso.datetime(),
});

export const shapeOf = (
  { id, url, rooms, kinds, reveal, created }: Webhook,
  domain: string,
): z.input<typeof webhookShape> => ({
  webhook: id,
  url,
  ...(rooms && { rooms: rooms.map((node) => `${node}@${domain}`) }),
  kinds: [...kinds],
  reveal,
  created: new Date(created).toISOString(),
});

/** Returns the webhook of a name. Refuses with `item-not-found` if there is none. */
export function namedWebhook({ webhooks }: OperationService, id: string): Result<Webhook> {
  const webhook = webhooks.get(id);
  return webhook ? ok(webhook) : refuse(errors.itemNotFound(say`There is no webhook of this name`));
}

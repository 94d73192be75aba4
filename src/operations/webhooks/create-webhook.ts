import { randomBytes } from "node:crypto";
import { z } from "zod";
import { COMMON_KINDS, EVENT_KINDS } from "../../events/room-event.ts";
import { MOST_WEBHOOKS } from "../../webhooks/webhooks.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type Operation, operation } from "../operation.ts";
import { nodeOf, roomParameter } from "../parameters.ts";
import { shapeOf, webhookParameter, webhookShape } from "./webhook-parameters.ts";

const urlParameter = z
  .url({ protocol: /^https?$/, error: "expected an address that begins with https:// or http://" })
  .max(2000)
  .refine((text) => !URL.canParse(text) || hasNoName(new URL(text)), {
    error: "an address may have no user name and no password",
  })
  .meta({ description: "Where events are sent; an address in a private network is allowed" });

const hasNoName = ({ username, password }: URL): boolean => username === "" && password === "";

export const createWebhook: Operation = operation({
  name: "webhook.create",
  summary: "Sends events of rooms to an address, from now on, and shows the secret that signs them",
  scope: "admin",
  effect: "changes",
  http: "POST /webhooks",
  operands: ["webhook", "url"],
  params: z.strictObject({
    webhook: webhookParameter,
    url: urlParameter,
    rooms: z
      .array(roomParameter)
      .min(1)
      .max(500)
      .exactOptional()
      .meta({ description: "The only rooms whose events it gets; without them, all" }),
    kinds: z.array(z.enum(EVENT_KINDS)).min(1).exactOptional().meta({
      description: "Kinds of events; without them, all that everybody in a room knows of",
    }),
    reveal: z
      .boolean()
      .default(false)
      .meta({ description: "Whether it gets real addresses that rooms hide" }),
    secret: z
      .string()
      .min(16)
      .max(200)
      .exactOptional()
      .meta({ description: "Signs the events; without it, one is made" }),
  }),
  result: webhookShape.extend({ secret: z.string().meta({ description: "Nothing shows it again" }) }),
  refusals: ["conflict", "resource-constraint"],
  async run({ webhooks, registry }, { webhook: id, rooms, kinds = [...COMMON_KINDS], secret, ...given }) {
    const { domain } = registry.environment;
    const nodes = rooms?.map((room) => nodeOf(room, domain));
    if (nodes?.includes(undefined))
      return refuse(errors.badRequest(say`rooms: expected addresses of rooms of this service`));
    if (webhooks.get(id)) return refuse(errors.conflict(say`There is a webhook of this name`));
    if (webhooks.all.length >= MOST_WEBHOOKS)
      return refuse(errors.resourceConstraint(say`There are ${MOST_WEBHOOKS} webhooks already: remove some`));
    const webhook = {
      ...{ id, ...given, kinds: EVENT_KINDS.filter((kind) => kinds.includes(kind)) },
      ...(nodes && { rooms: [...new Set(nodes.filter((node) => node !== undefined))] }),
      secret: secret ?? randomBytes(32).toString("base64url"),
      created: Date.now(),
      retries: 0,
    };
    await webhooks.put(webhook);
    return ok({ ...shapeOf(webhook, domain), secret: webhook.secret });
  },
});

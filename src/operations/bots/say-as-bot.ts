import { z } from "zod";
import { sendBotMessage } from "../../muc/messages/bot-message.ts";
import { ok } from "../../xmpp/result.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter, textParameter } from "../parameters.ts";

/** The HTTP API has it at the address of the bot, without a token of the API. */
export const sayAsBot: Operation = operation({
  name: "bot.say",
  summary: "Sends a message as a bot of a room; it is archived like those of users",
  scope: "moderate",
  effect: "changes",
  http: undefined,
  operands: ["room", "text"],
  params: z.strictObject({
    room: roomParameter,
    text: textParameter,
    secret: z.string().max(100).meta({ description: "The part of the bot's address after the dot" }),
  }),
  result: z.object({ id: z.string().meta({ description: "Stanza-id of the message (XEP-0359)" }) }),
  refusals: ["item-not-found", "forbidden", "conflict", "policy-violation", "resource-constraint"],
  async run(service, { room, text, secret }) {
    const sent = await inNamedRoom(service, room, (live) => sendBotMessage(live, secret, text));
    return sent.kind === "refused" ? sent : ok({ id: sent.value });
  },
});

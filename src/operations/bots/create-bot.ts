import { z } from "zod";
import { createBot as create } from "../../muc/messages/bot-message.ts";
import { ok } from "../../xmpp/result.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";
import { writeBotToken } from "./bot-token.ts";

export const createBot: Operation = operation({
  name: "bot.create",
  summary:
    "Lets a program send messages to a room by an address of its own, from a nickname that nobody else has",
  scope: "admin",
  effect: "changes",
  http: "POST /rooms/{room}/bots",
  operands: ["room", "nickname"],
  params: z.strictObject({
    room: roomParameter,
    nickname: z.string().min(1).max(1023).meta({ description: "Nickname of the bot" }),
    title: z.string().min(1).max(512).exactOptional().meta({ description: "Title of its hat (XEP-0317)" }),
  }),
  result: z.object({
    room: z.string(),
    nickname: z.string(),
    path: z.string().meta({
      description: "Path of the HTTP API to which it sends messages; nothing shows it again",
    }),
  }),
  refusals: [
    "item-not-found",
    "conflict",
    "jid-malformed",
    "not-acceptable",
    "policy-violation",
    "resource-constraint",
  ],
  async run(service, { room, nickname, title }, { jid }) {
    return inNamedRoom(service, room, (live) => {
      const made = create(live, { nickname, title, by: jid.bare });
      if (made.kind === "refused") return made;
      const { nick, secret } = made.value;
      const path = `/v1/bots/${writeBotToken(live.node, secret)}/messages`;
      return ok({ room: live.address, nickname: nick, path });
    });
  },
});

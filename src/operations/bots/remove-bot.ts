import { z } from "zod";
import { dismissBot } from "../../muc/messages/bot-message.ts";
import { DONE, done } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";

export const removeBot: Operation = operation({
  name: "bot.remove",
  summary: "Removes a bot of a room: its address is of no use any more",
  scope: "admin",
  effect: "changes",
  http: "DELETE /rooms/{room}/bots/{nickname}",
  operands: ["room", "nickname"],
  params: z.strictObject({
    room: roomParameter,
    nickname: z.string().min(1).max(1023).meta({ description: "Nickname of the bot" }),
  }),
  result: DONE,
  refusals: ["item-not-found"],
  async run(service, { room, nickname }, { jid }) {
    return done(await inNamedRoom(service, room, (live) => dismissBot(live, nickname, jid.bare)));
  },
});

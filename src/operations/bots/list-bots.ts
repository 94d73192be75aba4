import { z } from "zod";
import { botsNote } from "../../muc/room/bots.ts";
import { ok } from "../../xmpp/result.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";

export const listBots: Operation = operation({
  name: "bot.list",
  summary: "Lists the bots of a room, without their addresses",
  scope: "read",
  effect: "reads",
  http: "GET /rooms/{room}/bots",
  operands: ["room"],
  params: z.strictObject({ room: roomParameter }),
  result: z.object({
    bots: z.array(
      z.object({ nickname: z.string(), title: z.string().exactOptional(), created: z.iso.datetime() }),
    ),
  }),
  refusals: ["item-not-found"],
  async run(service, { room }) {
    return inNamedRoom(service, room, (live) => {
      const bots = botsNote.read(live).map(({ nick, title, created }) => ({
        nickname: nick,
        ...(title !== undefined && { title }),
        created: new Date(created).toISOString(),
      }));
      return ok({ bots });
    });
  },
});

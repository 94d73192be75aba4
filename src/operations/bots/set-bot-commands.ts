import { z } from "zod";
import { BOT_AUDIENCES, setBotCommands as set } from "../../muc/room/bots.ts";
import { recordAct } from "../../muc/room/record-act.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { DONE } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";

const label = z.string().min(1).max(200);

export const setBotCommands: Operation = operation({
  name: "bot.commands",
  summary: "Sets the commands that occupants can give a bot: each is an event of the kind command",
  scope: "admin",
  effect: "changes",
  http: "PUT /rooms/{room}/bots/{nickname}/commands",
  operands: ["room", "nickname"],
  params: z.strictObject({
    room: roomParameter,
    nickname: z.string().min(1).max(1023).meta({ description: "Nickname of the bot" }),
    commands: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-z0-9-]{1,32}$/, "expected up to 32 of a to z, 0 to 9 and -"),
          title: label,
          for: z.enum(BOT_AUDIENCES).default("everybody"),
          asks: label.exactOptional(),
        }),
      )
      .max(20)
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "expected each name once")
      .meta({
        description:
          "Each has a name, a title for people, `for` (everybody, members or moderators inside) and, if it asks for a text, its label in `asks`",
      }),
  }),
  result: DONE,
  refusals: ["item-not-found"],
  run: (service, { room, nickname, commands }, { jid }) =>
    inNamedRoom(service, room, (live) => {
      if (!set(live, nickname, commands)) return refuse(errors.itemNotFound(say`This room has no such bot`));
      const detail = [nickname, ...commands.map(({ name }) => name)].join(", ");
      recordAct(live, { kind: "bot-configured", by: jid.bare, detail });
      return ok({});
    }),
});

import { z } from "zod";
import { heldNote } from "../../muc/room/held-messages.ts";
import { accountOf } from "../../xmpp/jid.ts";
import { ok } from "../../xmpp/result.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";

export const listHeld: Operation = operation({
  name: "held.list",
  summary: "Lists the messages that wait for a moderator of a room, oldest first",
  scope: "moderate",
  effect: "reads",
  http: "GET /rooms/{room}/held",
  operands: ["room"],
  params: z.strictObject({ room: roomParameter }),
  result: z.object({
    messages: z.array(
      z.object({
        message: z.string().meta({ description: "Key for held.decide" }),
        at: z.iso.datetime(),
        user: z.string(),
        nickname: z.string(),
        text: z.string(),
      }),
    ),
  }),
  refusals: ["item-not-found"],
  run: (service, { room }) =>
    inNamedRoom(service, room, (live) =>
      ok({
        messages: heldNote.read(live).map(({ key, at, jid, nick, text }) => ({
          message: key,
          at: new Date(at).toISOString(),
          user: accountOf(jid),
          nickname: nick,
          text,
        })),
      }),
    ),
});

import { z } from "zod";
import { sendServiceMessage } from "../../muc/messages/service-message.ts";
import { ok } from "../../xmpp/result.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter, textParameter } from "../parameters.ts";

export const sendMessage: Operation = operation({
  name: "message.send",
  summary:
    "Sends a message to a room, in the name of the room or of a bot; it is archived like those of users",
  scope: "moderate",
  effect: "changes",
  http: "POST /rooms/{room}/messages",
  operands: ["room", "text"],
  params: z.strictObject({
    room: roomParameter,
    text: textParameter,
    nickname: z.string().max(1023).exactOptional().meta({
      description:
        "Nickname of a bot, which no user may have or resemble; without it the room speaks. `rooms.reservedNicknames` keeps users from taking it",
    }),
  }),
  result: z.object({ id: z.string().meta({ description: "Stanza-id of the message (XEP-0359)" }) }),
  refusals: ["item-not-found", "conflict", "jid-malformed", "policy-violation"],
  async run(service, { room, text, nickname }) {
    const sent = await inNamedRoom(service, room, (live) => sendServiceMessage(live, { text, nickname }));
    return sent.kind === "refused" ? sent : ok({ id: sent.value });
  },
});

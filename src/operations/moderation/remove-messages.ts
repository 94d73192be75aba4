import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { roomCommand, targetParameter } from "./room-command.ts";

export const removeMessages: Operation = operation({
  name: "room.remove-messages",
  summary: "Removes what a user said in a room, in the archive too, and tells the occupants' clients",
  scope: "moderate",
  effect: "destroys",
  http: "POST /rooms/{room}/message-removals",
  operands: ["room", "user"],
  params: z.strictObject({
    room: roomParameter,
    user: targetParameter,
    messages: z
      .enum(["hour", "day", "all"])
      .default("hour")
      .meta({ description: "Those of the last hour or day, or all" }),
    reason: reasonParameter,
  }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed"],
  run: (service, { room, user, messages, reason }, caller) =>
    roomCommand(service, room, caller, "verona#remove-messages", { who: user, messages, reason }),
});

import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { minutesParameter, roomCommand, targetParameter } from "./room-command.ts";

export const ban: Operation = operation({
  name: "room.ban",
  summary: "Bans a user from a room, for a time or for good, and can remove what the user said",
  scope: "moderate",
  effect: "changes",
  http: "POST /rooms/{room}/bans",
  operands: ["room", "user"],
  params: z.strictObject({
    room: roomParameter,
    user: targetParameter,
    minutes: minutesParameter.exactOptional().meta({ description: "How long; for good without it" }),
    messages: z
      .enum(["none", "hour", "day", "all"])
      .default("none")
      .meta({ description: "Messages of the user to remove: none, those of the last hour or day, or all" }),
    reason: reasonParameter,
  }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed", "conflict"],
  run: (service, { room, user, minutes = "forever", messages, reason }, caller) =>
    roomCommand(service, room, caller, "verona#ban", { who: user, minutes, messages, reason }),
});

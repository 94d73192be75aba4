import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { minutesParameter, roomCommand, targetParameter } from "./room-command.ts";

export const mute: Operation = operation({
  name: "room.mute",
  summary: "Takes the voice of a user in a room for a time",
  scope: "moderate",
  effect: "changes",
  http: "POST /rooms/{room}/mutes",
  operands: ["room", "user"],
  params: z.strictObject({
    room: roomParameter,
    user: targetParameter,
    minutes: minutesParameter.default(60).meta({ description: "How long" }),
    reason: reasonParameter,
  }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed"],
  run: (service, { room, user, minutes, reason }, caller) =>
    roomCommand(service, room, caller, "verona#mute", { who: user, minutes, reason }),
});

import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { minutesParameter, roomCommand, targetParameter } from "./room-command.ts";

export const silence: Operation = operation({
  name: "room.silence",
  summary: "Hides what a user says from the others, without telling the user",
  scope: "moderate",
  effect: "changes",
  http: "POST /rooms/{room}/silences",
  operands: ["room", "user"],
  params: z.strictObject({
    room: roomParameter,
    user: targetParameter,
    minutes: minutesParameter.exactOptional().meta({ description: "How long; for good without it" }),
    reason: reasonParameter,
  }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed"],
  run: (service, { room, user, minutes = "forever", reason }, caller) =>
    roomCommand(service, room, caller, "verona#silence", { who: user, minutes, reason }),
});

import { z } from "zod";
import { LOCKDOWN_EFFECTS } from "../../muc/room/lockdown.ts";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";
import { minutesParameter, roomCommand } from "./room-command.ts";

export const lockDown: Operation = operation({
  name: "room.lock-down",
  summary: "Keeps newcomers without affiliation from speaking or entering for a time",
  scope: "moderate",
  effect: "changes",
  http: "POST /rooms/{room}/lock-down",
  operands: ["room"],
  params: z.strictObject({
    room: roomParameter,
    effect: z.enum(LOCKDOWN_EFFECTS).default("visitors").meta({
      description: "Newcomers have no voice, answer the room's question to get it, or do not enter",
    }),
    minutes: minutesParameter.default(15).meta({ description: "How long" }),
  }),
  result: DONE,
  refusals: ["item-not-found"],
  run: (service, { room, effect, minutes }, caller) =>
    roomCommand(service, room, caller, "verona#lock-down", { effect, minutes }),
});

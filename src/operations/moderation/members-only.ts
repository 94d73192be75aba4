import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";
import { minutesParameter, roomCommand } from "./room-command.ts";

export const membersOnly: Operation = operation({
  name: "room.members-only",
  summary: "Removes all without affiliation from a room, and lets only members enter for a time",
  scope: "moderate",
  effect: "changes",
  http: "POST /rooms/{room}/members-only",
  operands: ["room"],
  params: z.strictObject({
    room: roomParameter,
    minutes: minutesParameter.default(60).meta({ description: "How long" }),
  }),
  result: DONE,
  refusals: ["item-not-found", "conflict"],
  run: (service, { room, minutes }, caller) =>
    roomCommand(service, room, caller, "verona#members-only", { minutes }),
});

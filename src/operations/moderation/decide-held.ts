import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { roomCommand } from "./room-command.ts";

export const decideHeld: Operation = operation({
  name: "held.decide",
  summary: "Passes a held message to the room, or refuses it",
  scope: "moderate",
  effect: "changes",
  http: "POST /rooms/{room}/held/{message}",
  operands: ["room", "message", "decision"],
  params: z.strictObject({
    room: roomParameter,
    message: z.string().max(100).meta({ description: "Key of the message in held.list" }),
    decision: z.enum(["pass", "refuse"]).meta({ description: "What becomes of it" }),
    reason: reasonParameter,
  }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed", "policy-violation"],
  run: (service, { room, message, decision, reason }, caller) =>
    roomCommand(service, room, caller, "verona#decide-held", { message, decision, reason }),
});

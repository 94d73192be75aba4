import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";
import { roomCommand, targetParameter } from "./room-command.ts";

export const unsilence: Operation = operation({
  name: "room.unsilence",
  summary: "Lets the others hear a silenced user again",
  scope: "moderate",
  effect: "changes",
  http: "DELETE /rooms/{room}/silences/{user}",
  operands: ["room", "user"],
  params: z.strictObject({ room: roomParameter, user: targetParameter }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed"],
  run: (service, { room, user }, caller) =>
    roomCommand(service, room, caller, "verona#unsilence", { who: user }),
});

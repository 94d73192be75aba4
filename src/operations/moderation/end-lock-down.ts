import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";
import { roomCommand } from "./room-command.ts";

export const endLockDown: Operation = operation({
  name: "room.end-lock-down",
  summary: "Ends the lock-down of a room",
  scope: "moderate",
  effect: "changes",
  http: "DELETE /rooms/{room}/lock-down",
  operands: ["room"],
  params: z.strictObject({ room: roomParameter }),
  result: DONE,
  refusals: ["item-not-found", "conflict"],
  run: (service, { room }, caller) => roomCommand(service, room, caller, "verona#end-lock-down"),
});

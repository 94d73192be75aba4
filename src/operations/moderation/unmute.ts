import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";
import { roomCommand, targetParameter } from "./room-command.ts";

export const unmute: Operation = operation({
  name: "room.unmute",
  summary: "Gives a muted user voice again",
  scope: "moderate",
  effect: "changes",
  http: "DELETE /rooms/{room}/mutes/{user}",
  operands: ["room", "user"],
  params: z.strictObject({ room: roomParameter, user: targetParameter }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed"],
  run: (service, { room, user }, caller) =>
    roomCommand(service, room, caller, "verona#unmute", { who: user }),
});

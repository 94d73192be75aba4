import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { changeRole, nicknameParameter } from "./change-role.ts";

export const kick: Operation = operation({
  name: "occupant.kick",
  summary: "Removes an occupant from a room; the user may enter again",
  scope: "moderate",
  effect: "changes",
  http: "DELETE /rooms/{room}/occupants/{nickname}",
  operands: ["room", "nickname"],
  params: z.strictObject({ room: roomParameter, nickname: nicknameParameter, reason: reasonParameter }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed"],
  run: (service, params, caller) => changeRole(service, { ...params, role: "none" }, caller),
});

import { z } from "zod";
import { DONE } from "../done.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { changeRole, nicknameParameter } from "./change-role.ts";

export const setRole: Operation = operation({
  name: "role.set",
  summary: "Sets the role of an occupant: gives or takes voice, or makes a moderator",
  scope: "moderate",
  effect: "changes",
  http: "PUT /rooms/{room}/occupants/{nickname}/role",
  operands: ["room", "nickname", "role"],
  params: z.strictObject({
    room: roomParameter,
    nickname: nicknameParameter,
    role: z.enum(["visitor", "participant", "moderator"]),
    reason: reasonParameter,
  }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed"],
  run: changeRole,
});

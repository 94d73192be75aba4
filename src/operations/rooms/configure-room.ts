import { z } from "zod";
import { refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { DONE, done } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";
import { configure, optionsParameter } from "./configuration-parameter.ts";

export const configureRoom: Operation = operation({
  name: "room.configure",
  summary: "Sets options of a room, all or none of them; options that are not named keep their values",
  scope: "admin",
  effect: "changes",
  http: "PATCH /rooms/{room}",
  operands: ["room"],
  params: z.strictObject({ room: roomParameter, set: optionsParameter }),
  result: DONE,
  refusals: ["item-not-found", "not-acceptable"],
  async run(service, { room, set }, caller) {
    if (Object.keys(set).length === 0) return refuse(errors.badRequest(say`set: name at least one option`));
    return done(await inNamedRoom(service, room, (live) => configure(live, caller, set)));
  },
});

import { z } from "zod";
import { setServiceSubject } from "../../muc/messages/service-message.ts";
import { DONE, done } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";

export const setSubject: Operation = operation({
  name: "subject.set",
  summary: "Sets the subject of a room in the name of the room",
  scope: "moderate",
  effect: "changes",
  http: "PUT /rooms/{room}/subject",
  operands: ["room", "subject"],
  params: z.strictObject({
    room: roomParameter,
    subject: z.string().max(8192).meta({ description: "The subject; empty to clear it" }),
  }),
  result: DONE,
  refusals: ["item-not-found", "policy-violation"],
  async run(service, { room, subject }) {
    return done(await inNamedRoom(service, room, (live) => setServiceSubject(live, subject)));
  },
});

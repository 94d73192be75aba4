import { z } from "zod";
import { DONE, done } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";
import { affiliationChange, changeAffiliations } from "./affiliation-changes.ts";

export const setAffiliations: Operation = operation({
  name: "affiliations.set",
  summary: "Sets affiliations of many users with a room and reserves nicknames, all or none of them",
  scope: "admin",
  effect: "changes",
  http: "POST /rooms/{room}/affiliations",
  operands: ["room"],
  params: z.strictObject({ room: roomParameter, changes: z.array(affiliationChange).min(1).max(1000) }),
  result: DONE,
  refusals: [
    "item-not-found",
    "jid-malformed",
    "not-allowed",
    "conflict",
    "not-acceptable",
    "policy-violation",
  ],
  async run(service, { room, changes }, caller) {
    return done(await inNamedRoom(service, room, (live) => changeAffiliations(live, caller, changes)));
  },
});

import { z } from "zod";
import { renameRoom as rename } from "../../muc/administration/rename.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { NO_SUCH_ROOM } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { nodeOf, reasonParameter, roomParameter } from "../parameters.ts";

export const renameRoom: Operation = operation({
  name: "room.rename",
  summary: "Moves a room with all that belongs to it to another address; occupants are told to enter there",
  scope: "admin",
  effect: "changes",
  http: "POST /rooms/{room}/rename",
  operands: ["room", "to"],
  params: z.strictObject({
    room: roomParameter,
    to: roomParameter.meta({ description: "New address of the room, or its part before the @" }),
    reason: reasonParameter,
  }),
  result: z.object({ room: z.string().meta({ description: "New address of the room" }) }),
  refusals: ["item-not-found", "conflict", "jid-malformed", "not-acceptable", "service-unavailable"],
  async run(service, { room, to, reason }, caller) {
    const { domain } = service.registry.environment;
    const [node, target] = [nodeOf(room, domain), nodeOf(to, domain)];
    if (node === undefined) return refuse(NO_SUCH_ROOM);
    if (target === undefined)
      return refuse(errors.jidMalformed(say`No room of this service can have this name`));
    const by = caller.jid.bare;
    const outcome = await service.inRoomWithFree(node, target, (live) =>
      rename(live, { to: target, by, reason }),
    );
    return outcome.kind === "refused" ? outcome : ok({ room: `${target}@${domain}` });
  },
});

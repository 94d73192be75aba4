import { z } from "zod";
import { handleOwnerQuery } from "../../muc/administration/owner-query.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { DONE, done } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { request } from "../room-rules.ts";

export const destroyRoom: Operation = operation({
  name: "room.destroy",
  summary: "Destroys a room with its archive; its name stays reserved for a while",
  scope: "admin",
  effect: "destroys",
  http: "DELETE /rooms/{room}",
  operands: ["room"],
  params: z.strictObject({
    room: roomParameter,
    venue: z.string().max(3071).exactOptional().meta({ description: "Address of the room to go to instead" }),
    reason: reasonParameter,
  }),
  result: DONE,
  refusals: ["item-not-found", "jid-malformed"],
  async run(service, { room, venue, reason }, caller) {
    const destroy = tag("destroy", { jid: venue }, reason === undefined ? "" : textTag("reason", reason));
    const query = tag("query", { xmlns: NS.mucOwner }, destroy);
    return done(await inNamedRoom(service, room, (live) => request(live, caller, handleOwnerQuery, query)));
  },
});

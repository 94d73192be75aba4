import { z } from "zod";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type Operation, operation } from "../operation.ts";
import { afterRoomParameter, maxRoomsParameter, nextRoom, nodeOf } from "../parameters.ts";

export const listQueue: Operation = operation({
  name: "queue.list",
  summary: "Lists the rooms in which reports or held messages wait for a moderator",
  scope: "moderate",
  effect: "reads",
  http: "GET /queue",
  operands: [],
  params: z.strictObject({ after: afterRoomParameter, max: maxRoomsParameter }),
  result: z.object({
    rooms: z.array(z.object({ room: z.string().meta({ description: "Address of the room" }) })),
    next: nextRoom,
  }),
  refusals: [],
  async run({ store, registry }, { after, max }) {
    const { domain } = registry.environment;
    const start = after === "" ? "" : nodeOf(after, domain);
    if (start === undefined) return refuse(errors.badRequest(say`after: expected a room of this service`));
    const found = await store.waitingRooms(start, max + 1);
    const rooms = found.slice(0, max).map((node) => ({ room: `${node}@${domain}` }));
    const last = rooms.at(-1);
    return ok({ rooms, ...(found.length > max && last && { next: last.room }) });
  },
});

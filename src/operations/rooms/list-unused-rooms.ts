import { z } from "zod";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type Operation, operation } from "../operation.ts";
import { afterRoomParameter, maxRoomsParameter, nextRoom, nodeOf } from "../parameters.ts";
import { listedRooms, roomSummary } from "./list-rooms.ts";

export const daysParameter = z.coerce
  .number()
  .int()
  .min(1)
  .max(36_500)
  .meta({ description: "Days for which nobody has been in the room" });

export const listUnusedRooms: Operation = operation({
  name: "rooms.unused",
  summary: "Lists the persistent rooms that nobody has used for some days",
  scope: "read",
  effect: "reads",
  http: "GET /rooms-unused",
  operands: ["days"],
  params: z.strictObject({
    days: daysParameter,
    after: afterRoomParameter,
    max: maxRoomsParameter,
  }),
  result: z.object({
    rooms: z.array(roomSummary),
    next: nextRoom,
  }),
  refusals: [],
  async run(service, { days, after, max }) {
    const start = after === "" ? "" : nodeOf(after, service.registry.environment.domain);
    if (start === undefined) return refuse(errors.badRequest(say`after: expected a room of this service`));
    return ok(await listedRooms(service, { unusedDays: days }, start, max));
  },
});

import { z } from "zod";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { type Operation, operation } from "../operation.ts";
import { nodeOf } from "../parameters.ts";
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
    after: z.string().max(3071).default("").meta({ description: "Continue after this room" }),
    max: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .meta({ description: "Maximum number of rooms" }),
  }),
  result: z.object({
    rooms: z.array(roomSummary),
    next: z.string().exactOptional().meta({
      description: "Value of `after` for the next page, which may have rooms; missing on the last one",
    }),
  }),
  refusals: [],
  async run(service, { days, after, max }) {
    const start = after === "" ? "" : nodeOf(after, service.registry.environment.domain);
    if (start === undefined) return refuse(errors.badRequest("after: expected a room of this service"));
    return ok(await listedRooms(service, { unusedDays: days }, start, max));
  },
});

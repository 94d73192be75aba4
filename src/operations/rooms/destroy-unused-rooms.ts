import { z } from "zod";
import { destroyUnused } from "../../muc/administration/unused-room.ts";
import { boundedReason } from "../../muc/model/reason.ts";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";
import { nodeOf, reasonParameter } from "../parameters.ts";
import { unusedSince } from "./last-use.ts";
import { listedRooms } from "./list-rooms.ts";
import { daysParameter } from "./list-unused-rooms.ts";

export const destroyUnusedRooms: Operation = operation({
  name: "rooms.destroy-unused",
  summary: "Destroys persistent rooms that nobody has used for some days, with their archives",
  scope: "admin",
  effect: "destroys",
  http: "DELETE /rooms-unused",
  operands: ["days"],
  params: z.strictObject({
    days: daysParameter,
    max: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .meta({ description: "Maximum number of rooms" }),
    reason: reasonParameter,
  }),
  result: z.object({
    destroyed: z.array(z.string()).meta({ description: "Addresses of the rooms" }),
    isComplete: z.boolean().meta({ description: "False if there may be more: call it again" }),
  }),
  refusals: [],
  async run(service, { days, max, reason: text }, caller) {
    const { domain } = service.registry.environment;
    const reason = text === undefined ? undefined : boundedReason(text);
    const since = unusedSince(service, days);
    const destroyed: string[] = [];
    let start = "";
    for (;;) {
      const { rooms, next } = await listedRooms(service, { unusedDays: days }, start, max - destroyed.length);
      for (const { room, lastUsed } of rooms) {
        const lastUse = Date.parse(lastUsed ?? "");
        const node = nodeOf(room, domain);
        if (node === undefined || Number.isNaN(lastUse)) continue;
        const rule = { lastUse, since, by: caller.jid.bare, reason };
        const outcome = await service.inRoom(node, (live) => destroyUnused(live, rule));
        if (outcome.kind !== "refused") destroyed.push(room);
      }
      const place = next === undefined ? undefined : nodeOf(next, domain);
      if (place === undefined) return ok({ destroyed, isComplete: true });
      if (destroyed.length >= max) return ok({ destroyed, isComplete: false });
      start = place;
    }
  },
});

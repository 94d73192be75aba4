import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { forgetConversation } from "../../muc/archive/archive.ts";
import { purge } from "../../muc/messages/purge.ts";
import { boundedReason } from "../../muc/model/reason.ts";
import { recordAct } from "../../muc/room/record-act.ts";
import type { Room } from "../../muc/room/room.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter, userParameter } from "../parameters.ts";

/** Messages that one transaction removes, and the milliseconds between two. */
const STEP = 100;
const PAUSE_MS = 5;
const DAY_MS = 86_400_000;

export const purgeArchive: Operation = operation({
  name: "archive.purge",
  summary: "Removes a room's archived messages: all, those before a time or an age, or those of one user",
  scope: "admin",
  effect: "destroys",
  http: "DELETE /rooms/{room}/archive",
  operands: ["room"],
  params: z.strictObject({
    room: roomParameter,
    before: z.iso
      .datetime({ offset: true })
      .exactOptional()
      .meta({ description: "Time before which messages are removed, such as 2026-01-31T12:00:00Z" }),
    olderThanDays: z.coerce
      .number()
      .int()
      .min(1)
      .max(36_500)
      .exactOptional()
      .meta({ description: "Age in days from which messages are removed" }),
    user: userParameter.exactOptional().meta({
      description: "Whose messages are retracted, as moderators do it: in the background, with tombstones",
    }),
    reason: reasonParameter,
  }),
  result: z.object({
    removed: z.int().meta({ description: "Removed messages" }),
    announced: z.int().meta({ description: "Messages of the user whose retraction was announced" }),
  }),
  refusals: ["item-not-found"],
  async run(service, { room, before, olderThanDays, user, reason: text }, caller) {
    const given = [before, olderThanDays, user].filter((each) => each !== undefined);
    if (given.length > 1) return refuse(errors.badRequest(say`Name one of before, olderThanDays and user`));
    const by = caller.jid.bare;
    const reason = text === undefined ? undefined : boundedReason(text);
    if (user !== undefined) {
      const purged = await inNamedRoom(service, room, (live) => {
        recordAct(live, { kind: "messages-purged", by, target: user, reason });
        return ok(purge(live, { jid: user, since: 0, by, moderator: undefined, reason }));
      });
      return purged.kind === "refused" ? purged : ok({ removed: 0, announced: purged.value });
    }
    const now = service.registry.environment.now();
    // All: what is written in this millisecond, too.
    const end = before !== undefined ? Date.parse(before) : now + 1 - (olderThanDays ?? 0) * DAY_MS;
    const forgotten = await inNamedRoom(service, room, (live: Room) => {
      forgetConversation(live, end);
      const detail = given.length === 0 ? "all" : `before ${new Date(end).toISOString()}`;
      recordAct(live, { kind: "archive-purged", by, reason, detail });
      return ok(live.node);
    });
    if (forgotten.kind === "refused") return forgotten;
    let removed = 0;
    // Retention may be at the archive for a moment: then a step removes nothing.
    for (let idle = 0; idle < 2; ) {
      const step = await service.store.removeArchive(forgotten.value, end, STEP);
      removed += step;
      idle = step === 0 ? idle + 1 : 0;
      await delay(PAUSE_MS);
    }
    return ok({ removed, announced: 0 });
  },
});

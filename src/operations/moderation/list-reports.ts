import { z } from "zod";
import { reportsNote } from "../../muc/room/open-reports.ts";
import { ok } from "../../xmpp/result.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";

export const listReports: Operation = operation({
  name: "reports.list",
  summary: "Lists the open reports of a room, oldest first",
  scope: "moderate",
  effect: "reads",
  http: "GET /rooms/{room}/reports",
  operands: ["room"],
  params: z.strictObject({ room: roomParameter }),
  result: z.object({
    reports: z.array(
      z.object({
        report: z.string().meta({ description: "Id for report.close" }),
        at: z.iso.datetime(),
        by: z.string().meta({ description: "The user who reports" }),
        user: z.string().meta({ description: "The reported user" }),
        nickname: z.string(),
        reason: z.string().meta({ description: "URI of the reason (XEP-0377)" }),
        comment: z.string().exactOptional(),
        message: z.string().exactOptional().meta({ description: "Stanza-id of the reported message" }),
        text: z.string().exactOptional().meta({ description: "Beginning of its text" }),
      }),
    ),
  }),
  refusals: ["item-not-found"],
  run: (service, { room }) =>
    inNamedRoom(service, room, (live) =>
      ok({
        reports: reportsNote.read(live).map(({ id, at, by, jid, nick, reason, comment, stanzaId, text }) => ({
          report: id,
          at: new Date(at).toISOString(),
          by,
          user: jid,
          nickname: nick,
          reason,
          ...(comment !== undefined && { comment }),
          ...(stanzaId !== undefined && { message: stanzaId }),
          ...(text !== undefined && { text }),
        })),
      }),
    ),
});

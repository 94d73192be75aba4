import { z } from "zod";
import { rememberOlder } from "../../muc/archive/archive.ts";
import { reportsNote } from "../../muc/room/open-reports.ts";
import { ok } from "../../xmpp/result.ts";
import { DONE } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { reasonParameter, roomParameter } from "../parameters.ts";
import { minutesParameter, roomCommand } from "./room-command.ts";

export const closeReport: Operation = operation({
  name: "report.close",
  summary:
    "Closes a report of a room: dismisses it, retracts the message, bans the user, or sends it to the operator",
  scope: "moderate",
  effect: "changes",
  http: "POST /rooms/{room}/reports/{report}",
  operands: ["room", "report", "decision"],
  params: z.strictObject({
    room: roomParameter,
    report: z.string().max(100).meta({ description: "Id of the report in reports.list" }),
    decision: z.enum(["dismiss", "retract", "ban", "forward"]).meta({ description: "What to do" }),
    minutes: minutesParameter.exactOptional().meta({ description: "Minutes of a ban; for good without it" }),
    reason: reasonParameter,
  }),
  result: DONE,
  refusals: ["item-not-found", "not-allowed", "conflict"],
  async run(service, { room, report, decision, minutes = "forever", reason }, caller) {
    const found = await inNamedRoom(service, room, (live) =>
      ok({ node: live.node, stanzaId: reportsNote.read(live).find(({ id }) => id === report)?.stanzaId }),
    );
    if (found.kind === "refused") return found;
    const { node, stanzaId } = found.value;
    // The room may not know the message any more.
    const isRetracted = decision === "retract" && stanzaId !== undefined;
    const query = { afterIds: [], beforeIds: [], ids: [stanzaId ?? ""], max: 1, fromEnd: false };
    const page = isRetracted ? await service.records.readArchive(node, query) : undefined;
    return roomCommand(
      service,
      room,
      caller,
      "verona#close-report",
      { report, decision, minutes, reason },
      (live) => {
        for (const message of page?.messages ?? []) rememberOlder(live, message);
      },
    );
  },
});

// Runs the commands that moderators have in a room (docs/moderation.md) for a caller.
import { z } from "zod";
import { runRoomCommand } from "../../muc/administration/room-commands.ts";
import type { Room } from "../../muc/room/room.ts";
import { ok, type Result } from "../../xmpp/result.ts";
import { done } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import type { Caller } from "../operation.ts";
import type { OperationService } from "../operation-service.ts";
import { requestStanza } from "../room-rules.ts";

/** A user as the commands of moderators take one. */
export const targetParameter = z
  .string()
  .min(1)
  .max(3071)
  .meta({ description: "Nickname of an occupant, or address of a user" });

export const minutesParameter = z.coerce.number().int().min(1).max(525_600);

type Values = Readonly<Record<string, string | number | undefined>>;

/** Runs a command in the room that a parameter names, with the values of its form. `before` runs before it. */
export async function roomCommand(
  service: OperationService,
  room: string,
  caller: Caller,
  node: string,
  values: Values = {},
  before: (room: Room) => void = () => {},
): Promise<Result<Record<string, never>>> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const fields = new Map(given.map(([name, value]) => [name, [String(value)]]));
  const outcome = await inNamedRoom(service, room, (live) => {
    before(live);
    const stanza = requestStanza(live, caller);
    if (stanza.kind === "refused") return stanza;
    const ran = runRoomCommand(live, stanza.value, node, fields);
    return ran.kind === "refused" ? ran : ok(undefined);
  });
  return done(outcome);
}

// The end of persistent rooms that nobody uses.
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { lastUseNote, readDay } from "../room/last-use.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { destroyRoom } from "./destroy.ts";

interface UnusedRoom {
  /** When it was in use for the last time, as far as its note does not say it; milliseconds since 1970. */
  readonly lastUse: number;
  /** The time since which it must not have been in use. */
  readonly since: number;
  /** Bare JID of the administrator; undefined for the rule of the service. */
  readonly by: string | undefined;
  readonly reason?: string | undefined;
}

/** Destroys a room that is unused, as it is now. Refuses a room with occupants, or one that has been in use meanwhile. */
export function destroyUnused(room: Room, { lastUse, since, by, reason }: UnusedRoom): Result<undefined> {
  const noted = readDay(room.notes.get(lastUseNote.name) ?? "") ?? lastUse;
  if (room.occupants.size > 0 || room.locked || noted >= since)
    return refuse(errors.notAllowed(say`This room is in use`));
  recordAct(room, { kind: "room-destroyed", by, reason, ...(by === undefined && { rule: "unused" }) });
  destroyRoom(room, { reason });
  return ok(undefined);
}

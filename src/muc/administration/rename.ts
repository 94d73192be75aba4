// Moves a room to another address of the service. To its occupants the old one is destroyed, with the new one as the alternate
// venue (XEP-0045 section 10.9), so that their clients follow.
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { boundedReason } from "../model/reason.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { destroyRoom } from "./destroy.ts";

interface Renaming {
  /** The new node, where no room is. */
  readonly to: string;
  /** Bare JID of the administrator. */
  readonly by: string;
  readonly reason?: string | undefined;
}

/** Moves a room with all that is stored of it. Refuses a room that would end with its last occupant. */
export function renameRoom(room: Room, { to, by, reason }: Renaming): Result<undefined> {
  const { config, locked, environment } = room;
  if (!config.persistent || locked)
    return refuse(
      errors.notAcceptable(say`A temporary room ends with its occupants: make it persistent first`),
    );
  const venue = `${to}@${environment.domain}`;
  const told = reason === undefined ? undefined : boundedReason(reason);
  recordAct(room, { kind: "room-renamed", by, target: venue, reason: told, detail: `from ${room.address}` });
  const password = config.passwordProtected ? config.password : undefined;
  destroyRoom(room, { venue, password, reason: told, renamedTo: to });
  return ok(undefined);
}

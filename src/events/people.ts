// Users in events.
import type { FactOccupant } from "../muc/model/room-fact.ts";
import { knownOccupantId } from "../muc/room/occupant-id.ts";
import type { Room } from "../muc/room/room.ts";
import { accountOf } from "../xmpp/jid.ts";
import type { EventPerson } from "./room-event.ts";

export const occupantPerson = ({ nick, id, bareJid }: FactOccupant): EventPerson => ({
  nickname: nick,
  occupantId: id,
  jid: bareJid,
});

/** Makes a person of an author; nothing is known of the room itself. */
export const authorPerson = (nick: string, id: string, jid: string | undefined): EventPerson => ({
  ...(nick !== "" && { nickname: nick }),
  ...(id !== "" && { occupantId: id }),
  ...(jid && { jid: accountOf(jid) }),
});

/** Makes a person of an address. The nickname is known while the user is inside and shown to the others. */
export function accountPerson(room: Room | undefined, jid: string): EventPerson {
  const inside = room?.occupantsOf(jid).find(({ announced }) => announced);
  const occupantId = room && jid.includes("@") ? knownOccupantId(room, jid) : undefined;
  return {
    ...(inside && { nickname: inside.nick }),
    ...(occupantId !== undefined && { occupantId }),
    jid,
  };
}

// The IQ requests that a room answers, and their handlers.
import { handleRoomInfo, handleRoomItems } from "./disco/room-disco.ts";
import { handleAdminQuery } from "./muc/administration/admin-query.ts";
import { handleVCard } from "./muc/administration/avatar.ts";
import { handleOwnerQuery } from "./muc/administration/owner-query.ts";
import { handleRoomCommand } from "./muc/administration/room-commands.ts";
import { handleArchiveRequest } from "./muc/archive/archive-request.ts";
import { handleRegistration } from "./muc/membership/registration.ts";
import { handleCaptcha } from "./muc/messages/gate-answer.ts";
import { handleMentionPermissions } from "./muc/messages/mention-permissions.ts";
import { handleEarlierModeration, handleModeration } from "./muc/messages/moderation.ts";
import { handleReport } from "./muc/messages/report.ts";
import { type IqOutcome, result } from "./muc/model/outcome.ts";
import type { Room } from "./muc/room/room.ts";
import type { Element } from "./xmpp/element.ts";
import { NS } from "./xmpp/namespaces.ts";
import { refuse } from "./xmpp/result.ts";
import type { Stanza } from "./xmpp/stanza.ts";
import { errors } from "./xmpp/stanza-error.ts";
import { say } from "./xmpp/text.ts";

type RoomQuery = (room: Room, stanza: Stanza, query: Element) => IqOutcome;

/** Handlers by name and namespace of the payload. */
const ROOM_QUERIES: ReadonlyMap<string, RoomQuery> = new Map<string, RoomQuery>([
  [`query ${NS.discoInfo}`, handleRoomInfo],
  [`query ${NS.discoItems}`, handleRoomItems],
  [`query ${NS.mucAdmin}`, handleAdminQuery],
  [`query ${NS.mucOwner}`, handleOwnerQuery],
  [`query ${NS.register}`, handleRegistration],
  [`command ${NS.commands}`, handleRoomCommand],
  [`vCard ${NS.vcard}`, handleVCard],
  [`moderate ${NS.moderate}`, handleModeration],
  [`apply-to ${NS.fasten}`, handleEarlierModeration],
  [`report-participant ${NS.groupReport}`, handleReport],
  // The text of the specification has this name, its examples the other.
  [`submit ${NS.groupReport}`, handleReport],
  [`captcha ${NS.captcha}`, handleCaptcha],
  [`query ${NS.mentions}`, handleMentionPermissions],
  [`query ${NS.mam}`, handleArchiveRequest],
  [`metadata ${NS.mam}`, handleArchiveRequest],
  [`ping ${NS.ping}`, answerPing],
]);

const UNKNOWN_REQUEST = errors.serviceUnavailable(say`Rooms do not support this request`);

/** Handles a get or set to the room's own address. */
export function answerRoomQuery(room: Room, stanza: Stanza, payload: Element): IqOutcome {
  const query = ROOM_QUERIES.get(`${payload.getName()} ${payload.getNS()}`);
  return query ? query(room, stanza, payload) : refuse(UNKNOWN_REQUEST);
}

/** Answers a ping (XEP-0199), which is a get. */
function answerPing(_room: Room, { type }: Stanza): IqOutcome {
  return type === "get" ? result() : refuse(UNKNOWN_REQUEST);
}

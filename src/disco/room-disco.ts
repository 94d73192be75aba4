// Service discovery of a room (XEP-0045 sections 6.4, 6.5, 7.12, 16.3 and 18.1.1).
import { roomCommandInfo, roomCommandItems } from "../muc/administration/room-commands.ts";
import { ARCHIVE_FEATURES } from "../muc/archive/archive-request.ts";
import { MENTION_FEATURES } from "../muc/messages/mention-permissions.ts";
import { type IqOutcome, result } from "../muc/model/outcome.ts";
import type { Room } from "../muc/room/room.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { refuse } from "../xmpp/result.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import { say } from "../xmpp/text.ts";
import { listOccupants } from "./occupant-list.ts";
import { writeRoomInfo } from "./room-info.ts";

const ROOM_USER_ITEM = "x-roomuser-item";
const NO_GET = errors.notAllowed(say`Service discovery information cannot be set`);
const NO_NODE = errors.itemNotFound(say`This room has no such node`);
const TRAFFIC = "http://jabber.org/protocol/muc#traffic";

/** Answers disco#info of a room, also for the node with the reserved nickname of the user. */
export function handleRoomInfo(room: Room, stanza: Stanza, query: Element): IqOutcome {
  if (stanza.type !== "get") return refuse(NO_GET);
  const { node } = query.attrs;
  if (node === ROOM_USER_ITEM) return reservedNickname(room, stanza.from.bare);
  if (node === TRAFFIC) return refuse(errors.serviceUnavailable(say`This room passes all payloads through`));
  if (node) {
    const info = roomCommandInfo(room, node, stanza.language);
    return info === undefined ? refuse(NO_NODE) : result(tag("query", { xmlns: NS.discoInfo, node }, info));
  }
  const identity = writeIdentity(room.config.name || room.node);
  const features = roomFeatures(room).map((feature) => tag("feature", { var: feature }));
  return result(
    tag(
      "query",
      { xmlns: NS.discoInfo },
      identity + features.join("") + writeRoomInfo(room, stanza.from, stanza.language),
    ),
  );
}

/** Answers disco#items of a room with its occupants, for users who may see them (section 6.5). */
export function handleRoomItems(room: Room, stanza: Stanza, query: Element): IqOutcome {
  if (stanza.type !== "get") return refuse(NO_GET);
  const { node } = query.attrs;
  if (node === NS.commands)
    return result(tag("query", { xmlns: NS.discoItems, node }, roomCommandItems(room, stanza)));
  if (node) return refuse(NO_NODE);
  const items = listOccupants(room, stanza.from, query);
  return items.kind === "refused" ? items : result(tag("query", { xmlns: NS.discoItems }, items.value));
}

export const writeIdentity = (name: string): string =>
  tag("identity", { category: "conference", type: "text", name });

function reservedNickname(room: Room, bareJid: string): IqOutcome {
  const nick = room.affiliations.get(bareJid)?.nick;
  const identity = nick === undefined ? "" : writeIdentity(nick);
  return result(tag("query", { xmlns: NS.discoInfo, node: ROOM_USER_ITEM }, identity));
}

function roomFeatures({ config }: Room): string[] {
  return [
    NS.muc,
    NS.mucStableId,
    NS.mucRoomInfo,
    NS.mucRoomConfig,
    NS.mucRegister,
    NS.discoInfo,
    NS.discoItems,
    NS.rsm,
    ...(config.moderated && config.allowVoiceRequests ? [NS.mucRequest] : []),
    NS.register,
    NS.ping,
    NS.selfPing,
    NS.commands,
    NS.hats,
    NS.affiliationVersions,
    NS.vcard,
    NS.occupantId,
    NS.stanzaId,
    NS.retract,
    `${NS.retract}#tombstone`,
    NS.moderate,
    NS.retractEarlier,
    `${NS.retractEarlier}#tombstone`,
    NS.moderateEarlier,
    NS.groupReport,
    ...MENTION_FEATURES,
    ...(config.archiving ? ARCHIVE_FEATURES : []),
    config.public ? "muc_public" : "muc_hidden",
    config.persistent ? "muc_persistent" : "muc_temporary",
    config.membersOnly ? "muc_membersonly" : "muc_open",
    config.moderated ? "muc_moderated" : "muc_unmoderated",
    config.passwordProtected ? "muc_passwordprotected" : "muc_unsecured",
    config.whois === "anyone" ? "muc_nonanonymous" : "muc_semianonymous",
  ];
}

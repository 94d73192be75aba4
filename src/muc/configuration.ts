// Room configuration by the owners (XEP-0045 sections 10.1.2, 10.1.3 and 10.2) and what follows from a change.
import { readForm, writeForm } from "../xmpp/data-form.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import { CONFIG_FIELDS } from "./config-fields.ts";
import { destroyRequest, destroyRoom } from "./destroy.ts";
import { type IqAnswer, refuse, result } from "./iq-answer.ts";
import { removeOccupant } from "./leave.ts";
import { announce, broadcastPresence, sendAbsentMembers } from "./presence.ts";
import type { Room } from "./room.ts";
import type { RoomConfig } from "./room-config.ts";
import { sendStatuses } from "./status-message.ts";
import { isBroadcast, sessionsSeeing, showsAbsentMembers } from "./visibility.ts";

/** Answers a get or set of muc#owner. */
export function handleOwnerQuery(room: Room, stanza: Stanza, query: Element): IqAnswer {
  if (room.affiliationOf(stanza.from.bare) !== "owner")
    return refuse(errors.forbidden("Only owners may do this"));
  if (stanza.type === "get") return result(tag("query", { xmlns: NS.mucOwner }, configurationForm(room)));
  const destroy = destroyRequest(query);
  if (destroy) {
    destroyRoom(room, destroy);
    return result();
  }
  const form = readForm(query, NS.mucRoomConfig);
  if (!form)
    return refuse(errors.badRequest("The query needs a submitted or cancelled form of muc#roomconfig"));
  if (form.type === "cancel") return cancel(room);
  const config = readConfig(room, form.fields);
  if ("condition" in config) return refuse(config);
  applyConfig(room, config);
  return result();
}

function configurationForm(room: Room): string {
  const title = `Configuration of ${room.address}`;
  return writeForm(
    { type: "form", formType: NS.mucRoomConfig, title },
    CONFIG_FIELDS.map((field) => field.show(room.config)),
  );
}

/** Section 10.1.3: cancelling the first configuration destroys the room, later ones change nothing. */
function cancel(room: Room): IqAnswer {
  if (room.locked) destroyRoom(room);
  return result();
}

/** Fields that are not there keep their value; fields of others are passed over. */
function readConfig(room: Room, fields: ReadonlyMap<string, readonly string[]>): RoomConfig | StanzaError {
  let { config } = room;
  for (const field of CONFIG_FIELDS) {
    const values = fields.get(field.var);
    if (values === undefined) continue;
    const changed = field.read(config, values);
    if (!changed) return errors.notAcceptable(`${field.var} cannot be ${JSON.stringify(values.join(", "))}`);
    config = changed;
  }
  if (config.passwordProtected && config.password === "") {
    return errors.notAcceptable("A room that needs a password needs one that is not empty");
  }
  return config;
}

/** Takes a configuration over, tells everybody what changed and removes who may no longer stay. */
export function applyConfig(room: Room, config: RoomConfig): void {
  const before = room.config;
  const wasLocked = room.locked;
  const wasKept = before.persistent && !wasLocked;
  if (wasKept && !config.persistent) room.keep({ kind: "room-removed", node: room.node });
  room.config = config;
  room.locked = false;
  if (!wasKept && config.persistent) room.keep({ kind: "room-stored", room: room.record() });
  else room.keep({ kind: "config-changed", node: room.node, config });
  const statuses = changeStatuses(before, config);
  // Whoever made the room has just seen the rest of its first configuration.
  const news = wasLocked ? statuses.filter((code) => code === 172 || code === 173) : statuses;
  if (news.length > 0) sendStatuses(room, news);
  if (config.membersOnly) removeNonMembers(room);
  if (before.moderated !== config.moderated) regradeUnaffiliated(room);
  if (before.whois !== config.whois) for (const occupant of room.occupants.values()) announce(room, occupant);
  updateBroadcast(room, before);
  room.closeIfAbandoned();
}

/** Section 10.2.1. */
function changeStatuses(before: RoomConfig, after: RoomConfig): number[] {
  const statuses: number[] = [];
  const absent = [before, after].map((config) => config.presenceBroadcast.includes("none"));
  if (!absent[0] && absent[1]) statuses.push(102);
  if (absent[0] && !absent[1]) statuses.push(103);
  if (before.whois !== after.whois) statuses.push(after.whois === "anyone" ? 172 : 173);
  if (before.publicLogging !== after.publicLogging) statuses.push(after.publicLogging ? 170 : 171);
  const others = [before, after].map(({ whois: _told, publicLogging: _too, presenceBroadcast, ...rest }) =>
    JSON.stringify({ ...rest, shown: presenceBroadcast.filter((role) => role !== "none") }),
  );
  if (others[0] !== others[1]) statuses.push(104);
  return statuses;
}

/** Section 10.2: whoever is no member leaves a room that has become members-only. */
function removeNonMembers(room: Room): void {
  for (const occupant of [...room.occupants.values()]) {
    if (occupant.affiliation === "none") removeOccupant(room, occupant, { statuses: [322] });
  }
}

/** Section 5.1.2: unaffiliated occupants get the role that the room now gives them. */
function regradeUnaffiliated(room: Room): void {
  for (const occupant of room.occupants.values()) {
    const role = room.defaultRole(occupant.affiliation);
    if (occupant.affiliation !== "none" || occupant.role === "moderator" || occupant.role === role) continue;
    occupant.role = role;
    broadcastPresence(room, occupant);
  }
}

/** Shows and hides occupants and absent members as the new muc#roomconfig_presencebroadcast says. */
function updateBroadcast(room: Room, before: RoomConfig): void {
  for (const occupant of room.occupants.values()) {
    if (isBroadcast(room, occupant) !== occupant.announced) announce(room, occupant);
  }
  if (showsAbsentMembers(room) && !before.presenceBroadcast.includes("none")) {
    for (const realJids of [true, false]) sendAbsentMembers(room, realJids, sessionsSeeing(room, realJids));
  }
}

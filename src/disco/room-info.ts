// The extended information of a room: the muc#roominfo form (XEP-0045 sections 6.4 and 16.5.4, XEP-0128).

import { avatarHashes } from "../muc/administration/avatar.ts";
import { historyLengthOf } from "../muc/archive/archive-limits.ts";
import { isPubliclyLogged } from "../muc/archive/public-log.ts";
import { publicActivity } from "../muc/messages/activity.ts";
import { mentionPermissions, permissionFields } from "../muc/messages/mention-permissions.ts";
import { ROOM_OPTIONS } from "../muc/model/room-options.ts";
import { othersMayInvite } from "../muc/permissions/privileges.ts";
import { seesDiscussion } from "../muc/permissions/visibility.ts";
import { hatsHash } from "../muc/presence/hats.ts";
import type { Room } from "../muc/room/room.ts";
import { type FormField, writeForm } from "../xmpp/data-form.ts";
import type { Jid } from "../xmpp/jid.ts";
import { NS } from "../xmpp/namespaces.ts";
import { say, type Text, textOf } from "../xmpp/text.ts";

/**
 * Writes the muc#roominfo form for a user, without empty fields. It also has fields of muc#roomconfig that clients read
 * before they offer an action (section 6.4 allows any).
 */
export function writeRoomInfo(room: Room, viewer: Jid, language: string | undefined): string {
  const { config } = room;
  const perHour = publicActivity(room);
  const isInsider = seesDiscussion(room, viewer);
  const fields: FormField[] = [
    text("muc#roominfo_description", say`Description`, config.description),
    text("muc#roominfo_lang", say`Language of discussion`, config.language),
    text("muc#roominfo_subject", say`Current Discussion Topic`, isInsider ? (room.subject?.text ?? "") : ""),
    boolean("muc#roominfo_subjectmod", say`Subject can be modified by participants`, config.changeSubject),
    // A hidden room does not show strangers whether it has occupants.
    text(
      "muc#roominfo_occupants",
      say`Number of occupants`,
      config.public || isInsider ? String(room.occupants.size) : "",
    ),
    text("muc#roominfo_logs", textOf(ROOM_OPTIONS.logs.label), isInsider ? logsOf(room) : ""),
    text(
      "muc#roominfo_webchat_url",
      say`Web Chat`,
      (config.public && room.environment.pages?.webChatUrl(room.node)) || "",
    ),
    {
      var: "muc#roominfo_contactjid",
      type: "jid-multi",
      label: textOf(ROOM_OPTIONS.contacts.label),
      values: config.contacts,
    },
    {
      var: "muc#roominfo_avatarhash",
      type: "text-multi",
      label: say`Avatar hash`,
      values: avatarHashes(room),
    },
    text("hats#hash", say`Hash of the list of hats`, hatsHash(room) ?? ""),
    text("muc#maxhistoryfetch", textOf(ROOM_OPTIONS.historyLength.label), String(historyLengthOf(room))),
    text("muc#roominfo_slow_mode_duration", textOf(ROOM_OPTIONS.slowMode.label), String(config.slowMode)),
    text(
      "{urn:xmpp:muc-activity}message-activity",
      say`Messages per hour`,
      perHour === undefined ? "" : String(Math.round(perHour * 100) / 100),
    ),
    ...permissionFields(mentionPermissions(room)).map(({ options, ...field }) => field),
    text("muc#roomconfig_roomname", textOf(ROOM_OPTIONS.name.label), config.name),
    boolean("muc#roomconfig_changesubject", textOf(ROOM_OPTIONS.changeSubject.label), config.changeSubject),
    boolean("muc#roomconfig_allowinvites", textOf(ROOM_OPTIONS.memberInvites.label), othersMayInvite(room)),
    {
      var: "muc#roomconfig_allowpm",
      type: "list-single",
      label: textOf(ROOM_OPTIONS.allowPrivateMessages.label),
      values: [config.allowPrivateMessages],
    },
  ];
  const filled = fields.filter((field) => field.values?.some((value) => value !== ""));
  return writeForm({ type: "result", formType: NS.mucRoomInfo }, filled, language);
}

/** Returns the address of the public log, or of logs that somebody else keeps; empty for none. */
const logsOf = (room: Room): string =>
  isPubliclyLogged(room) ? (room.environment.pages?.roomUrl(room.node) ?? "") : room.config.logs;

const text = (name: string, label: Text, value: string): FormField => ({
  var: name,
  type: "text-single",
  label,
  values: [value],
});

const boolean = (name: string, label: Text, value: boolean): FormField => ({
  var: name,
  type: "boolean",
  label,
  values: [value ? "1" : "0"],
});

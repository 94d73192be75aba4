// The settings of rooms.defaults.*, one for each option of a room.
import {
  BROADCAST_ROLES,
  DEFAULT_ROOM_CONFIG,
  MEMBER_LIST_ROLES,
  type RoomConfig,
} from "../muc/model/room-config.ts";
import { BARE_JIDS, COUNT, oneOf, type Setting, TEXT, YES_NO } from "./setting.ts";

export type RoomSettingPath = `rooms.defaults.${keyof RoomConfig}`;

const OPTIONS: Record<keyof RoomConfig, Omit<Setting, "default">> = {
  name: { description: "Natural-language name of the room", expected: TEXT },
  description: { description: "Short description", expected: TEXT },
  language: {
    description: "Language of the discussion, as a language tag; empty: none",
    expected: 'a language tag such as "en" or "pt-BR", or ""',
  },
  persistent: { description: "Whether the room outlives its last occupant", expected: YES_NO },
  public: { description: "Whether service discovery lists the room", expected: YES_NO },
  membersOnly: { description: "Whether only members may enter", expected: YES_NO },
  moderated: {
    description: "Whether new occupants without an affiliation are visitors (no voice)",
    expected: YES_NO,
  },
  passwordProtected: { description: "Whether a password is required", expected: YES_NO },
  password: { description: "The room's password", expected: TEXT, confidential: true },
  whois: {
    description: "Who may see real JIDs: anyone (non-anonymous) or moderators (semi-anonymous)",
    expected: oneOf(["anyone", "moderators"]),
  },
  allowPrivateMessages: {
    description: "Who may send private messages",
    expected: oneOf(["anyone", "participants", "moderators", "none"]),
  },
  memberInvites: {
    description: "Whether members may invite to a members-only room, which adds members",
    expected: YES_NO,
  },
  changeSubject: { description: "Whether participants may change the subject", expected: YES_NO },
  openRegistration: {
    description: "Whether users without an affiliation may register and so become members",
    expected: YES_NO,
  },
  maxUsers: { description: "Maximum number of occupants; 0: limits.occupantsPerRoom", expected: COUNT },
  historyLength: { description: "Number of history messages", expected: COUNT },
  presenceBroadcast: {
    description: "Roles whose presence is broadcast",
    expected: `a list of different roles, each ${oneOf(BROADCAST_ROLES)}`,
  },
  publicLogging: {
    description: "Whether the discussion is logged publicly",
    expected: YES_NO,
  },
  logs: { description: "Address of the discussion logs", expected: TEXT },
  contacts: {
    description: "Bare JIDs of the room's contacts",
    expected: BARE_JIDS,
  },
  memberListRoles: {
    description: "Roles that may retrieve the member list",
    expected: `a list of different roles, each ${oneOf(MEMBER_LIST_ROLES)}`,
  },
  allowVoiceRequests: { description: "Whether visitors may request voice", expected: YES_NO },
  visitorsMayRename: { description: "Whether visitors may change their nickname", expected: YES_NO },
  lockNicknames: {
    description: "Whether users with a reserved nickname must use it",
    expected: YES_NO,
  },
  refuseLookalikes: {
    description: "Whether nicknames that look like an existing one are refused",
    expected: YES_NO,
  },
  registrationApproval: {
    description: "Whether users without an affiliation may request registration, which an admin approves",
    expected: YES_NO,
  },
  slowMode: {
    description: "Minimum seconds between two messages of one user (XEP-0500); 0: no limit",
    expected: COUNT,
  },
  archiving: {
    description: "Whether messages are archived (XEP-0313)",
    expected: YES_NO,
  },
  archiveDays: {
    description: "Days that the archive keeps messages; 0: archive.maxDays",
    expected: COUNT,
  },
  archiveMessages: {
    description: "Maximum number of archived messages; 0: archive.maxMessagesPerRoom",
    expected: COUNT,
  },
  forwardMentions: {
    description:
      "Whether affiliated users with a registered nickname receive messages that mention them while they are absent (XEP-0452)",
    expected: YES_NO,
  },
};

/** By their path in the configuration file. */
export const ROOM_SETTINGS: Readonly<Record<string, Setting>> = Object.fromEntries(
  Object.entries(OPTIONS).map(([field, setting]) => [
    `rooms.defaults.${field}`,
    { ...setting, default: DEFAULT_ROOM_CONFIG[field as keyof RoomConfig] },
  ]),
);

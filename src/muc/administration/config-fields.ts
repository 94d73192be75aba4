// The fields of the room configuration form (XEP-0045 section 16.5.3), each with how it is shown and read.
import { type FormField, parseBoolean } from "../../xmpp/data-form.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { bareOf, prepareJid } from "../../xmpp/jid.ts";
import { LONGEST, MOST } from "../model/lengths.ts";
import { BROADCAST_ROLES, LANGUAGE_TAG, MEMBER_LIST_ROLES, type RoomConfig } from "../model/room-config.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";

export interface ConfigField {
  readonly var: string;
  /** The option that the field sets. */
  readonly key: keyof RoomConfig;
  /** Tells that the form has this field; every form has it where this is left out. */
  isOffered?(config: RoomConfig): boolean;
  /** The field as it is offered, with its present value. */
  show(config: RoomConfig, limits: Limits): FormField;
  /**
   * Takes the values over; undefined where they are not acceptable, to the operator for one. A boolean or a list without
   * a value stays as it is; one empty value chooses nothing of a list.
   */
  read(config: RoomConfig, values: readonly string[], limits: Limits): RoomConfig | undefined;
}

type Limits = Pick<RoomEnvironment, "limits" | "archive">;

type KeysOf<T> = { [K in keyof RoomConfig]: RoomConfig[K] extends T ? K : never }[keyof RoomConfig];
type TextKey = Exclude<KeysOf<string>, "whois" | "allowPrivateMessages">;

function boolean(name: string, key: KeysOf<boolean>, label: string): ConfigField {
  return {
    var: name,
    key,
    show: (config) => ({ var: name, type: "boolean", label, values: [config[key] ? "1" : "0"] }),
    read: (config, [value]) => {
      if (value === undefined) return config;
      const parsed = parseBoolean(value);
      return parsed === undefined ? undefined : { ...config, [key]: parsed };
    },
  };
}

function text(
  name: string,
  key: TextKey,
  label: string,
  most: number,
  type: "text-single" | "text-private" = "text-single",
  pattern?: RegExp,
): ConfigField {
  const desc = `At most ${most} bytes`;
  return {
    var: name,
    key,
    show: (config) => ({ var: name, type, label, desc, values: [config[key]] }),
    read: (config, values) => {
      const joined = values.join("\n");
      const value = type === "text-private" ? joined : joined.trim();
      // A room may have come with a longer one.
      if (value === config[key]) return config;
      const isGood = escapedBytes(value) <= most && (!pattern || pattern.test(value));
      return isGood ? { ...config, [key]: value } : undefined;
    },
  };
}

function choice<K extends "whois" | "allowPrivateMessages">(
  name: string,
  key: K,
  label: string,
  choices: readonly { readonly value: RoomConfig[K]; readonly label: string }[],
): ConfigField {
  return {
    var: name,
    key,
    show: (config) => ({ var: name, type: "list-single", label, values: [config[key]], options: choices }),
    read: (config, [value]) => {
      if (value === undefined) return config;
      const chosen = choices.find((option) => option.value === value);
      return chosen && { ...config, [key]: chosen.value };
    },
  };
}

/** A number in a text field, with its range (XEP-0122). */
function count(
  name: string,
  key: KeysOf<number>,
  label: string,
  most: (limits: Limits) => number,
): ConfigField {
  return {
    var: name,
    key,
    show: (config, limits) => {
      const max = most(limits);
      const values = [String(Math.min(config[key], max))];
      return { var: name, type: "text-single", label, values, range: { min: 0, max } };
    },
    read: (config, [value], limits) => withCount(config, key, value, most(limits)),
  };
}

function withCount(
  config: RoomConfig,
  key: KeysOf<number>,
  value: string | undefined,
  most: number,
): RoomConfig | undefined {
  if (!/^\d{1,9}$/.test(value ?? "") || Number(value) > most) return undefined;
  return { ...config, [key]: Number(value) };
}

/** A list to choose from, as section 16.5.3 has it; any other number within the operator's limit is taken too. */
const maxUsers: ConfigField = {
  var: "muc#roomconfig_maxusers",
  key: "maxUsers",
  show: ({ maxUsers: own }, { limits: { occupantsPerRoom } }) => {
    const offered = [10, 20, 30, 50, 100, 200, 500, 1000].filter((n) => n < occupantsPerRoom);
    const present = Math.min(own, occupantsPerRoom);
    const numbers = [...new Set([...offered, occupantsPerRoom, ...(own === 0 ? [] : [present])])];
    const options = numbers.toSorted((a, b) => a - b).map((n) => ({ value: String(n), label: String(n) }));
    return {
      var: "muc#roomconfig_maxusers",
      type: "list-single",
      label: "Most occupants at a time",
      values: [own === 0 ? "none" : String(present)],
      options: [...options, { value: "none", label: "As many as the service allows" }],
    };
  },
  read: (config, [value], { limits: { occupantsPerRoom } }) => {
    if (value === undefined) return config;
    if (value === "none" || value === "") return { ...config, maxUsers: 0 };
    return withCount(config, "maxUsers", value, occupantsPerRoom);
  },
};

function roles<K extends "presenceBroadcast" | "memberListRoles">(
  name: string,
  key: K,
  label: string,
  known: RoomConfig[K],
): ConfigField {
  const options = known.toReversed().map((value) => ({ value, label: ROLE_LABELS[value] }));
  return {
    var: name,
    key,
    show: (config) => ({ var: name, type: "list-multi", label, values: config[key], options }),
    read: (config, values) => {
      if (values.length === 0) return config;
      const named = new Set(values.filter((value) => value !== ""));
      const chosen = known.filter((role) => named.has(role));
      return chosen.length === named.size ? { ...config, [key]: chosen } : undefined;
    },
  };
}

const ROLE_LABELS = {
  moderator: "Moderators",
  participant: "Participants",
  visitor: "Visitors",
  none: "Members who are not in the room",
} as const;

const contacts: ConfigField = {
  var: "muc#roominfo_contactjid",
  key: "contacts",
  show: (config) => ({
    var: "muc#roominfo_contactjid",
    type: "jid-multi",
    label: "Contact addresses",
    desc: `At most ${MOST.contacts} addresses`,
    values: config.contacts,
  }),
  read: (config, values) => {
    const jids = values.filter((value) => value.trim() !== "").map((value) => prepareJid(value));
    const users = jids.flatMap((jid) => (jid?.local === undefined ? [] : [bareOf(jid.full)]));
    const chosen = [...new Set(users)];
    const isGood = users.length === jids.length && chosen.length <= MOST.contacts;
    return isGood ? { ...config, contacts: chosen } : undefined;
  },
};

const MEMBER_INVITES = "Members may invite others to a members-only room";

/** Offered where there are logs to be read: clients switch on whatever they know, and members are told so (170). */
const publicLogging: ConfigField = {
  ...boolean("muc#roomconfig_enablelogging", "publicLogging", "The discussion is logged in public"),
  isOffered: ({ logs, publicLogging }) => publicLogging || logs !== "",
};

/** The longest slow mode, in seconds. */
const DAY = 86_400;

/** What the form takes where the operator sets no limit. */
const MOST_DAYS = 36_500;
const MOST_MESSAGES = 999_999_999;

/** Every field, in the order in which the form shows them. */
export const CONFIG_FIELDS: readonly ConfigField[] = [
  text("muc#roomconfig_roomname", "name", "Name of the room", LONGEST.roomName),
  text("muc#roomconfig_roomdesc", "description", "Description", LONGEST.roomDescription),
  text(
    "muc#roomconfig_lang",
    "language",
    "Language of the discussion",
    LONGEST.languageTag,
    "text-single",
    LANGUAGE_TAG,
  ),
  boolean("muc#roomconfig_persistentroom", "persistent", "Keep the room when nobody is in it"),
  boolean("muc#roomconfig_publicroom", "public", "Show the room in public lists"),
  boolean("muc#roomconfig_membersonly", "membersOnly", "Only members may enter"),
  boolean("verona#open_registration", "openRegistration", "Anyone may register and become a member"),
  boolean("muc#roomconfig_moderatedroom", "moderated", "Only those with voice may speak"),
  boolean("muc#roomconfig_passwordprotectedroom", "passwordProtected", "A password is needed to enter"),
  text("muc#roomconfig_roomsecret", "password", "Password", LONGEST.password, "text-private"),
  choice("muc#roomconfig_whois", "whois", "Who may see real addresses", [
    { value: "moderators", label: "Moderators" },
    { value: "anyone", label: "Anyone" },
  ]),
  choice("muc#roomconfig_allowpm", "allowPrivateMessages", "Who may send private messages", [
    { value: "anyone", label: "Anyone" },
    { value: "participants", label: "Those with voice" },
    { value: "moderators", label: "Moderators" },
    { value: "none", label: "Nobody" },
  ]),
  boolean("muc#roomconfig_allowinvites", "memberInvites", MEMBER_INVITES),
  // The name of the same option in Prosody, which some clients know.
  boolean(
    "{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites",
    "memberInvites",
    `${MEMBER_INVITES} (by the name of Prosody)`,
  ),
  boolean("muc#roomconfig_changesubject", "changeSubject", "Occupants may change the subject"),
  maxUsers,
  count(
    "muc#maxhistoryfetch",
    "historyLength",
    "Maximum number of history messages",
    ({ limits }) => limits.historyLength,
  ),
  roles(
    "muc#roomconfig_presencebroadcast",
    "presenceBroadcast",
    "Roles for which presence is broadcast",
    BROADCAST_ROLES,
  ),
  roles(
    "muc#roomconfig_getmemberlist",
    "memberListRoles",
    "Roles that may retrieve the member list",
    MEMBER_LIST_ROLES,
  ),
  boolean("muc#roomconfig_allowvoicerequests", "allowVoiceRequests", "Visitors may ask for voice"),
  boolean("verona#visitors_may_rename", "visitorsMayRename", "Visitors may change their nickname"),
  boolean("verona#lock_nicknames", "lockNicknames", "Those with a reserved nickname use no other"),
  boolean(
    "verona#refuse_lookalikes",
    "refuseLookalikes",
    "Refuse nicknames that look like one that is taken",
  ),
  boolean(
    "verona#registration_approval",
    "registrationApproval",
    "Anyone may ask to register; the admins decide",
  ),
  count(
    "muc#roomconfig_slow_mode_duration",
    "slowMode",
    "Seconds between two messages of a user (0: no limit)",
    () => DAY,
  ),
  boolean("muc#roomconfig_enablearchiving", "archiving", "The discussion is kept in an archive"),
  count(
    "verona#archive_days",
    "archiveDays",
    "Days that the archive keeps messages, 0 for as long as the service does",
    ({ archive }) => archive.maxDays || MOST_DAYS,
  ),
  count(
    "verona#archive_messages",
    "archiveMessages",
    "Most messages that the archive keeps, 0 for as many as the service does",
    ({ archive }) => archive.maxMessagesPerRoom || MOST_MESSAGES,
  ),
  boolean(
    "muc#roomconfig_forwardmentions",
    "forwardMentions",
    "Affiliated users who are not in the room get messages that mention them",
  ),
  publicLogging,
  text("muc#roominfo_logs", "logs", "Address of the logs", LONGEST.uri),
  contacts,
];

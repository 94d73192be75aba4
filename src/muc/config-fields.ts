// The fields of the room configuration form (XEP-0045 section 16.5.3), each with how it is shown and read.
import { type FormField, parseBoolean } from "../xmpp/data-form.ts";
import { parseJid } from "../xmpp/jid.ts";
import { BROADCAST_ROLES, MEMBER_LIST_ROLES, type RoomConfig } from "./room-config.ts";

interface ConfigField {
  readonly var: string;
  /** The field as it is offered, with its present value. */
  show(config: RoomConfig): FormField;
  /** The values taken over; undefined where they are not acceptable. */
  read(config: RoomConfig, values: readonly string[]): RoomConfig | undefined;
}

type KeysOf<T> = { [K in keyof RoomConfig]: RoomConfig[K] extends T ? K : never }[keyof RoomConfig];
type TextKey = Exclude<KeysOf<string>, "whois" | "allowPrivateMessages">;

function boolean(name: string, key: KeysOf<boolean>, label: string): ConfigField {
  return {
    var: name,
    show: (config) => ({ var: name, type: "boolean", label, values: [config[key] ? "1" : "0"] }),
    read: (config, [value]) => {
      const parsed = parseBoolean(value);
      return parsed === undefined ? undefined : { ...config, [key]: parsed };
    },
  };
}

function text(
  name: string,
  key: TextKey,
  label: string,
  type: "text-single" | "text-private" = "text-single",
): ConfigField {
  return {
    var: name,
    show: (config) => ({ var: name, type, label, values: [config[key]] }),
    read: (config, values) => ({ ...config, [key]: values.join("\n").trim() }),
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
    show: (config) => ({ var: name, type: "list-single", label, values: [config[key]], options: choices }),
    read: (config, [value]) => {
      const chosen = choices.find((option) => option.value === value);
      return chosen && { ...config, [key]: chosen.value };
    },
  };
}

function count(name: string, key: KeysOf<number>, label: string, unlimited?: string): ConfigField {
  const written = (n: number): string => (n === 0 && unlimited !== undefined ? unlimited : String(n));
  const offered = ["10", "20", "50", "100", "500", "1000"];
  return {
    var: name,
    show: (config) => {
      const values = [written(config[key])];
      if (unlimited === undefined) {
        return { var: name, type: "text-single", label, values, range: { min: 0, max: 999_999 } };
      }
      const options = [...new Set([...values, ...offered, unlimited])].map((value) => ({
        value,
        label: value,
      }));
      return { var: name, type: "list-single", label, values, options };
    },
    read: (config, [value]) => {
      if (unlimited !== undefined && (value === unlimited || value === "")) return { ...config, [key]: 0 };
      return /^\d{1,6}$/.test(value ?? "") ? { ...config, [key]: Number(value) } : undefined;
    },
  };
}

function roles<K extends "presenceBroadcast" | "memberListRoles">(
  name: string,
  key: K,
  label: string,
  known: RoomConfig[K],
): ConfigField {
  const options = known.toReversed().map((value) => ({ value, label: ROLE_LABELS[value] }));
  return {
    var: name,
    show: (config) => ({ var: name, type: "list-multi", label, values: config[key], options }),
    read: (config, values) => {
      const chosen = known.filter((role) => values.includes(role));
      return chosen.length === new Set(values).size ? { ...config, [key]: chosen } : undefined;
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
  show: (config) => ({
    var: "muc#roominfo_contactjid",
    type: "jid-multi",
    label: "Contact addresses",
    values: config.contacts,
  }),
  read: (config, values) => {
    const jids = values.filter((value) => value.trim() !== "").map((value) => parseJid(value)?.bare);
    const known = jids.filter((jid) => jid !== undefined);
    return known.length === jids.length ? { ...config, contacts: [...new Set(known)] } : undefined;
  },
};

/** Every field, in the order in which the form shows them. */
export const CONFIG_FIELDS: readonly ConfigField[] = [
  text("muc#roomconfig_roomname", "name", "Name of the room"),
  text("muc#roomconfig_roomdesc", "description", "Description"),
  text("muc#roomconfig_lang", "language", "Language of the discussion"),
  boolean("muc#roomconfig_persistentroom", "persistent", "Keep the room when nobody is in it"),
  boolean("muc#roomconfig_publicroom", "public", "Show the room in public lists"),
  boolean("muc#roomconfig_membersonly", "membersOnly", "Only members may enter"),
  boolean("verona#open_registration", "openRegistration", "Anyone may register and become a member"),
  boolean("muc#roomconfig_moderatedroom", "moderated", "Only those with voice may speak"),
  boolean("muc#roomconfig_passwordprotectedroom", "passwordProtected", "A password is needed to enter"),
  text("muc#roomconfig_roomsecret", "password", "Password", "text-private"),
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
  boolean("muc#roomconfig_allowinvites", "allowInvites", "Occupants may invite others"),
  boolean("verona#member_invites", "memberInvites", "Members may invite new members to a members-only room"),
  boolean("muc#roomconfig_changesubject", "changeSubject", "Occupants may change the subject"),
  count("muc#roomconfig_maxusers", "maxUsers", "Most occupants at a time", "none"),
  count("muc#maxhistoryfetch", "historyLength", "Most messages of history for those who enter"),
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
    "Registrations wait for an owner's approval",
  ),
  count(
    "muc#roomconfig_slow_mode_duration",
    "slowMode",
    "Seconds between two messages of one occupant, 0 for no limit",
  ),
  boolean(
    "muc#roomconfig_forwardmentions",
    "forwardMentions",
    "Affiliated users who are not in the room get messages that mention them",
  ),
  boolean("muc#roomconfig_enablelogging", "publicLogging", "The discussion is logged in public"),
  text("muc#roominfo_logs", "logs", "Address of the logs"),
  contacts,
];

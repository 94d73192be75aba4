// Every option of a room (XEP-0045 section 16.5.3 and Verona's own), in the order in which forms show them. RoomConfig,
// the form, the schemas of what is stored and imported, `rooms.defaults` and its documentation are derived from here.

import type { RoomOption } from "./room-option.ts";
import { MAX_BYTES, MAX_COUNT } from "./size-limits.ts";

export const ROOM_OPTIONS = {
  name: {
    kind: "text",
    default: "",
    field: "muc#roomconfig_roomname",
    label: "Natural-Language Room Name",
    description: "Natural-language name of the room",
    most: MAX_BYTES.roomName,
    overlong: "cut",
  },
  description: {
    kind: "text",
    default: "",
    field: "muc#roomconfig_roomdesc",
    label: "Short Description of Room",
    description: "Short description",
    most: MAX_BYTES.roomDescription,
    overlong: "cut",
  },
  language: {
    kind: "text",
    default: "",
    field: "muc#roomconfig_lang",
    label: "Natural Language for Room Discussions",
    description: "Language of the discussion, as a language tag; empty: none",
    most: MAX_BYTES.languageTag,
    overlong: "drop",
    // RFC 5646 section 2.1 in outline.
    format: {
      pattern: /^([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)?$/,
      expected: 'a language tag such as "en" or "pt-BR", or ""',
    },
  },
  persistent: {
    kind: "boolean",
    default: false,
    field: "muc#roomconfig_persistentroom",
    label: "Make Room Persistent?",
    description: "Whether the room outlives its last occupant",
  },
  public: {
    kind: "boolean",
    default: true,
    field: "muc#roomconfig_publicroom",
    label: "Make Room Publicly Searchable?",
    description: "Whether service discovery lists the room",
  },
  membersOnly: {
    kind: "boolean",
    default: false,
    field: "muc#roomconfig_membersonly",
    label: "Make Room Members-Only?",
    description: "Whether only members may enter",
  },
  openRegistration: {
    kind: "boolean",
    default: false,
    field: "verona#open_registration",
    label: "Allow Anyone to Register as a Member?",
    description:
      "Whether users without an affiliation may register (XEP-0045 section 7.10) and so become members",
  },
  moderated: {
    kind: "boolean",
    default: false,
    field: "muc#roomconfig_moderatedroom",
    label: "Make Room Moderated?",
    description: "Whether new occupants without an affiliation are visitors (no voice)",
  },
  passwordProtected: {
    kind: "boolean",
    default: false,
    field: "muc#roomconfig_passwordprotectedroom",
    label: "Password Required to Enter?",
    description: "Whether a password is required; if so, set `password` too",
  },
  password: {
    kind: "text",
    default: "",
    field: "muc#roomconfig_roomsecret",
    label: "Password",
    description: "The room's password",
    most: MAX_BYTES.password,
    overlong: "keep",
    isSecret: true,
  },
  /** "anyone" makes the room non-anonymous, "moderators" semi-anonymous. */
  whois: {
    kind: "choice",
    default: "moderators",
    field: "muc#roomconfig_whois",
    label: "Who May Discover Real JIDs?",
    description: "Who may see real JIDs: `anyone` (non-anonymous) or `moderators` (semi-anonymous)",
    choices: [
      { value: "moderators", label: "Moderators Only" },
      { value: "anyone", label: "Anyone" },
    ],
  },
  allowPrivateMessages: {
    kind: "choice",
    default: "anyone",
    field: "muc#roomconfig_allowpm",
    label: "Who Can Send Private Messages?",
    description: "Who may send private messages: `anyone`, `participants`, `moderators` or `none`",
    choices: [
      { value: "anyone", label: "Anyone" },
      { value: "participants", label: "Anyone with Voice" },
      { value: "moderators", label: "Moderators Only" },
      { value: "none", label: "Nobody" },
    ],
  },
  /** Section 9.5. */
  memberInvites: {
    kind: "boolean",
    default: false,
    field: "muc#roomconfig_allowinvites",
    label: "Allow Members to Invite Others?",
    alias: {
      field: "{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites",
      label: "Allow Members to Invite Others? (Field of Prosody)",
    },
    description:
      "Whether members may invite to a members-only room, which adds members; otherwise only admins and owners may",
  },
  changeSubject: {
    kind: "boolean",
    default: false,
    field: "muc#roomconfig_changesubject",
    label: "Allow Occupants to Change Subject?",
    description: "Whether participants may change the subject",
  },
  historyLength: {
    kind: "count",
    default: 20,
    field: "muc#maxhistoryfetch",
    label: "Maximum Number of History Messages Returned by Room",
    description:
      "Number of history messages, up to `limits.historyLength` (which is the default if it is lower)",
    limit: { setting: "limits.historyLength", of: ({ limits }) => limits.historyLength },
  },
  maxUsers: {
    kind: "maximum",
    default: 0,
    field: "muc#roomconfig_maxusers",
    label: "Maximum Number of Occupants",
    description: "Maximum number of occupants, up to `limits.occupantsPerRoom`; 0: that limit",
    limit: { setting: "limits.occupantsPerRoom", of: ({ limits }) => limits.occupantsPerRoom },
    suggestions: [10, 20, 30, 50, 100, 200, 500, 1000],
  },
  presenceBroadcast: {
    kind: "roles",
    default: ["visitor", "participant", "moderator"],
    field: "muc#roomconfig_presencebroadcast",
    label: "Roles for which Presence is Broadcasted",
    description:
      "Roles whose presence is broadcast: any of `none` (absent members), `visitor`, `participant`, `moderator`",
    roles: ["none", "visitor", "participant", "moderator"],
  },
  memberListRoles: {
    kind: "roles",
    default: ["moderator", "participant", "visitor"],
    field: "muc#roomconfig_getmemberlist",
    label: "Roles and Affiliations that May Retrieve Member List",
    description: "Roles that may retrieve the member list: any of `moderator`, `participant`, `visitor`",
    roles: ["moderator", "participant", "visitor"],
  },
  allowVoiceRequests: {
    kind: "boolean",
    default: true,
    field: "muc#roomconfig_allowvoicerequests",
    label: "Allow Visitors to Request Voice?",
    description: "Whether visitors may request voice",
  },
  visitorsMayRename: {
    kind: "boolean",
    default: true,
    field: "verona#visitors_may_rename",
    label: "Allow Visitors to Change Nickname?",
    description: "Whether visitors may change their nickname",
  },
  /** Section 7.2.2 calls such nicknames "locked down". */
  lockNicknames: {
    kind: "boolean",
    default: false,
    field: "verona#lock_nicknames",
    label: "Require Use of Reserved Nicknames?",
    description: "Whether users with a reserved nickname must use it",
  },
  refuseLookalikes: {
    kind: "boolean",
    default: true,
    field: "verona#refuse_lookalikes",
    label: "Refuse Nicknames that Look Like Existing Ones?",
    description:
      "Whether nicknames that look like an existing one are refused. Nicknames reserved earlier stay valid",
  },
  /** Section 9.9. */
  registrationApproval: {
    kind: "boolean",
    default: false,
    field: "verona#registration_approval",
    label: "Allow Anyone to Ask Admins for Registration?",
    description:
      "Whether users without an affiliation may request registration, which an admin approves (XEP-0045 section 9.9); overrides `openRegistration`",
  },
  slowMode: {
    kind: "count",
    default: 0,
    field: "muc#roomconfig_slow_mode_duration",
    label: "Slow Mode: Seconds between Messages of a User (0: Off)",
    description: "Minimum seconds between two messages of one user (XEP-0500); 0: no limit",
    limit: 86_400,
  },
  gate: {
    kind: "boolean",
    default: false,
    field: "verona#gate",
    label: "Must Users without Affiliation Answer a Question before They Speak?",
    description:
      "Whether users without affiliation have no voice until they have answered `gateQuestion`; without it they have to in a lock-down with the effect `gate` only",
  },
  gateQuestion: {
    kind: "text",
    default: "",
    field: "verona#gate_question",
    label: "The Question, or Terms to Accept",
    description: "Question to users without affiliation, or terms that they have to accept; empty: none",
    most: MAX_BYTES.gateQuestion,
    overlong: "cut",
  },
  gateAnswers: {
    kind: "text",
    default: "",
    field: "verona#gate_answers",
    label: 'Accepted Answers, Separated by "|" (Empty: "accept")',
    description:
      'Accepted answers to `gateQuestion`, separated by "|"; empty: the answer is "accept", for terms',
    most: MAX_BYTES.gateAnswers,
    overlong: "cut",
  },
  floodAction: {
    kind: "choice",
    default: "mute",
    field: "verona#flood_action",
    label: "Users without Affiliation who Go On Sending Too Much",
    description:
      "What happens to a user without affiliation who goes on after many refusals: `mute` (no voice for ten minutes), `kick` or `none`",
    choices: [
      { value: "mute", label: "Lose Their Voice for Ten Minutes" },
      { value: "kick", label: "Are Removed" },
      { value: "none", label: "Are Only Refused" },
    ],
  },
  strangerCharacters: {
    kind: "count",
    default: 0,
    field: "verona#stranger_characters",
    label: "Maximum Characters of a Message without Affiliation (0: Limit of the Service)",
    description:
      "Maximum characters of a message of a user without affiliation, up to `limits.strangerCharacters`; 0: that limit",
    limit: {
      setting: "limits.strangerCharacters",
      of: ({ limits }) => limits.strangerCharacters,
      unlimited: 1_000_000,
    },
  },
  strangerLines: {
    kind: "count",
    default: 0,
    field: "verona#stranger_lines",
    label: "Maximum Lines of a Message without Affiliation (0: Limit of the Service)",
    description:
      "Maximum lines of a message of a user without affiliation, up to `limits.strangerLines`; 0: that limit",
    limit: {
      setting: "limits.strangerLines",
      of: ({ limits }) => limits.strangerLines,
      unlimited: 100_000,
    },
  },
  strangerMentions: {
    kind: "count",
    default: 0,
    field: "verona#stranger_mentions",
    label: "Maximum Occupants Mentioned in a Message without Affiliation (0: Limit of the Service)",
    description:
      "Maximum occupants whom a message of a user without affiliation mentions, up to `limits.strangerMentions`; 0: that limit",
    limit: {
      setting: "limits.strangerMentions",
      of: ({ limits }) => limits.strangerMentions,
      unlimited: 10_000,
    },
  },
  strangerBytes: {
    kind: "count",
    default: 0,
    field: "verona#stranger_bytes",
    label: "Maximum Bytes of a Message without Affiliation (0: Limit of the Service)",
    description:
      "Maximum bytes of the payload of a message of a user without affiliation, up to `limits.strangerBytes`; 0: that limit",
    limit: {
      setting: "limits.strangerBytes",
      of: ({ limits }) => limits.strangerBytes,
      unlimited: 1_000_000,
    },
  },
  raidAction: {
    kind: "choice",
    default: "visitors",
    field: "verona#raid_action",
    label: "When a Raid is Noticed, Newcomers without Affiliation",
    description:
      "What a lock-down does to newcomers without affiliation when a raid is noticed: `visitors` (no voice), `gate` (no voice until they answer), `refuse` (no entry), or `none` (no lock-down)",
    choices: [
      { value: "visitors", label: "Have No Voice" },
      { value: "gate", label: "Have No Voice until They Answer the Question" },
      { value: "refuse", label: "Cannot Enter" },
      { value: "none", label: "Are Treated as Always" },
    ],
  },
  raidEntries: {
    kind: "count",
    default: 0,
    field: "verona#raid_entries",
    label: "Entries of Newcomers within a Minute that are a Raid (0: Limit of the Service)",
    description:
      "Entries of newcomers within a minute that are taken for a raid, up to `limits.raidEntries`; 0: that limit",
    limit: { setting: "limits.raidEntries", of: ({ limits }) => limits.raidEntries, unlimited: 10000 },
  },
  raidRefusals: {
    kind: "count",
    default: 0,
    field: "verona#raid_refusals",
    label: "Refusals within a Minute that are a Raid (0: Limit of the Service)",
    description:
      "Refusals of users without affiliation within a minute that are taken for a raid, up to `limits.raidRefusals`; 0: that limit",
    limit: { setting: "limits.raidRefusals", of: ({ limits }) => limits.raidRefusals, unlimited: 10000 },
  },
  lockdownMinutes: {
    kind: "count",
    default: 15,
    field: "verona#lockdown_minutes",
    label: "Minutes of a Lock-Down",
    description: "Minutes that a lock-down lasts which begins by itself; 0: none begins",
    limit: 10_080,
  },
  archiving: {
    kind: "boolean",
    default: true,
    field: "muc#roomconfig_enablearchiving",
    label: "Archive Messages?",
    description:
      "Whether messages are archived (XEP-0313). The archive also restores the history after a restart",
  },
  archiveDays: {
    kind: "count",
    default: 0,
    field: "verona#archive_days",
    label: "Days to Keep Archived Messages (0: Limit of the Service)",
    description: "Days that the archive keeps messages, up to `archive.maxDays`; 0: that limit",
    limit: { setting: "archive.maxDays", of: ({ archive }) => archive.maxDays, unlimited: 36_500 },
  },
  archiveMessages: {
    kind: "count",
    default: 0,
    field: "verona#archive_messages",
    label: "Maximum Number of Archived Messages (0: Limit of the Service)",
    description: "Maximum number of archived messages, up to `archive.maxMessagesPerRoom`; 0: that limit",
    limit: {
      setting: "archive.maxMessagesPerRoom",
      of: ({ archive }) => archive.maxMessagesPerRoom,
      unlimited: 999_999_999,
    },
  },
  strangerLinks: {
    kind: "choice",
    default: "allow",
    field: "verona#stranger_links",
    label: "Messages with Links of Users without Affiliation",
    description: "What happens to messages with links of users without affiliation",
    choices: [
      { value: "allow", label: "Allow" },
      { value: "hold", label: "Hold until a Moderator Passes Them" },
      { value: "refuse", label: "Refuse" },
    ],
  },
  strangerLinkExceptions: {
    kind: "patterns",
    default: [],
    field: "verona#stranger_link_exceptions",
    label: "Links That Are Always Allowed (* Stands for Any Characters)",
    description: "Patterns of links that users without affiliation may send in any case",
  },
  strangerMedia: {
    kind: "choice",
    default: "allow",
    field: "verona#stranger_media",
    label: "Messages with Files and Media of Users without Affiliation",
    description: "What happens to messages with files and media of users without affiliation",
    choices: [
      { value: "allow", label: "Allow" },
      { value: "hold", label: "Hold until a Moderator Passes Them" },
      { value: "refuse", label: "Refuse" },
    ],
  },
  strangerWords: {
    kind: "patterns",
    default: [],
    field: "verona#stranger_words",
    label: "Texts of Users without Affiliation to Stop (* Stands for Any Characters)",
    description:
      "Patterns of texts that users without affiliation may not send. `*word*` finds a word in a text",
  },
  strangerWordsAction: {
    kind: "choice",
    default: "refuse",
    field: "verona#stranger_words_action",
    label: "Messages with Such Texts",
    description: "What happens to messages of users without affiliation whose texts match `strangerWords`",
    choices: [
      { value: "hold", label: "Hold until a Moderator Passes Them" },
      { value: "refuse", label: "Refuse" },
    ],
  },
  nameModerators: {
    kind: "boolean",
    default: true,
    field: "verona#name_moderators",
    label: "Name Moderators in Kicks, Bans and Retractions?",
    description:
      "Whether presence and retractions name the moderator who removed a user, revoked voice or retracted a message",
  },
  forwardMentions: {
    kind: "boolean",
    default: false,
    field: "muc#roomconfig_forwardmentions",
    label: "Forward Mentions to Absent Affiliated Users?",
    description:
      "Whether affiliated users with a registered nickname receive messages that mention them while they are absent (XEP-0452)",
  },
  publicLogging: {
    kind: "boolean",
    default: false,
    field: "muc#roomconfig_enablelogging",
    label: "Enable Public Logging?",
    description:
      "Whether everybody may read the discussion on the public pages (`pages.port`), in a public room that anyone can enter and that has an archive; occupants are told (status 170)",
    // Some clients switch on every option they know; occupants would be warned of logs that do not exist.
    needsPages: true,
  },
  logs: {
    kind: "text",
    default: "",
    field: "muc#roominfo_logs",
    label: "URL for Discussion Logs",
    description: "Address of discussion logs that somebody else keeps",
    most: MAX_BYTES.uri,
    overlong: "drop",
  },
  allowedNicknames: {
    kind: "patterns",
    default: [],
    field: "verona#allowed_nicknames",
    label: "Allowed Nicknames (* Stands for Any Characters; None: All)",
    description:
      "Patterns of which every nickname must match one; empty: none. Admins, owners and users of reserved nicknames are exempt",
  },
  refusedNicknames: {
    kind: "patterns",
    default: [],
    field: "verona#refused_nicknames",
    label: "Refused Nicknames (* Stands for Any Characters)",
    description:
      "Patterns that no nickname may match. Admins, owners and users of reserved nicknames are exempt",
  },
  banGroup: {
    kind: "text",
    default: "",
    field: "verona#ban_group",
    label: "Group of Rooms that Share Their Bans (Empty: None)",
    description:
      "Name of a group of rooms that share their bans: those to which the same owner gives the same name; empty: none. Has no effect as a default",
    most: MAX_BYTES.banGroup,
    overlong: "drop",
  },
  contacts: {
    kind: "contacts",
    default: [],
    field: "muc#roominfo_contactjid",
    label: "Contact Addresses",
    description: "Bare JIDs of the room's contacts",
    most: MAX_COUNT.contacts,
  },
} as const satisfies Record<string, RoomOption>;

type RoomOptions = typeof ROOM_OPTIONS;

export type OptionKey = keyof RoomOptions;

/** The keys of the options of one kind. */
export type KeyOfKind<Kind extends RoomOption["kind"]> = {
  [K in OptionKey]: RoomOptions[K] extends { readonly kind: Kind } ? K : never;
}[OptionKey];

/** One of the options, with its key. */
export type KeyedOption = { [K in OptionKey]: RoomOptions[K] & { readonly key: K } }[OptionKey];

export const ROOM_OPTION_LIST: readonly KeyedOption[] = Object.entries(ROOM_OPTIONS).map(
  // Object.entries does not know the keys.
  ([key, option]) => ({ ...option, key }) as KeyedOption,
);

/** Makes a record with a value for each option. */
export function mapOptions<R extends Record<OptionKey, unknown>>(
  make: (option: KeyedOption) => R[OptionKey],
): R {
  // Object.fromEntries does not know the keys.
  return Object.fromEntries(ROOM_OPTION_LIST.map((option) => [option.key, make(option)])) as R;
}

import {
  BROADCAST_ROLES,
  DEFAULT_ROOM_CONFIG,
  MEMBER_LIST_ROLES,
  type RoomConfig,
} from "../muc/room-config.ts";
import { LOG_LEVELS, ROOM_CREATION } from "./config.ts";

/** How the text of an environment variable becomes the value that the file would have. */
export type VariableKind = "text" | "number" | "boolean" | "list" | "json";

/** One setting as it is described to operators: in error messages, the JSON Schema and the documentation. */
export interface Setting {
  readonly description: string;
  /** Completes "expected ...". */
  readonly expected: string;
  readonly default?: unknown;
  readonly variable?: string;
  readonly kind?: VariableKind;
  /** Its value must not be shown. */
  readonly confidential?: boolean;
}

const YES_NO = "true or false";
const URIS = 'a list of URIs such as "mailto:abuse@example.org"';
const COUNT = "a whole number, 0 or more";
const POSITIVE = "a whole number, 1 or more";

/** Every setting by its path in the configuration file, without those of `rooms.defaults`. */
const SERVICE_SETTINGS = {
  "component.host": {
    variable: "VERONA_HOST",
    default: "127.0.0.1",
    description: "Host name or IP address of the XMPP server's component listener (XEP-0114)",
    expected: "a host name or an IP address, without a port",
  },
  "component.port": {
    variable: "VERONA_PORT",
    kind: "number",
    default: 5347,
    description: "TCP port of the XMPP server's component listener",
    expected: "a whole number from 1 to 65535",
  },
  "component.domain": {
    variable: "VERONA_DOMAIN",
    description:
      "Domain of the service, as the XMPP server knows the component: rooms are ROOM@DOMAIN. Required",
    expected: 'a domain such as "rooms.example.org"',
  },
  "component.secret": {
    variable: "VERONA_SECRET",
    description: "Secret shared with the XMPP server. Required, unless component.secretFile is given",
    expected: "a text that is not empty",
    confidential: true,
  },
  "component.secretFile": {
    variable: "VERONA_SECRET_FILE",
    description:
      "File that holds the secret, instead of component.secret; line breaks at its end are dropped",
    expected: "the path of a file",
  },
  "component.multicast": {
    variable: "VERONA_MULTICAST",
    default: "auto",
    description:
      "Whether the XMPP server copies stanzas for many of its users (XEP-0033): auto, where it offers that; off; or the domain of its multicast service",
    expected: 'auto, off or a domain such as "multicast.example.org"',
  },
  "service.name": {
    variable: "VERONA_SERVICE_NAME",
    default: "Chatrooms",
    description: "Name of the service, as service discovery shows it",
    expected: "one line of text that is not empty",
  },
  "service.admins": {
    variable: "VERONA_ADMINS",
    kind: "list",
    default: [],
    description: "Bare JIDs of the service's administrators. The variable separates them by commas",
    expected: 'a list of bare JIDs such as "juliet@example.org"',
  },
  "service.roomCreation": {
    variable: "VERONA_ROOM_CREATION",
    default: "local",
    description:
      "Who may create rooms: local (users whose domain is a parent domain of component.domain), anyone, also users of other servers, or admins",
    expected: oneOf(ROOM_CREATION),
  },
  "service.contacts": {
    variable: "VERONA_CONTACTS",
    kind: "json",
    description:
      "Whom to write to about the service (XEP-0157): lists of URIs, by purpose. The variable holds a JSON object, whose keys take precedence one by one",
    expected: "an object of lists of URIs",
  },
  "service.contacts.abuse": { description: "Where to report abusive traffic", expected: URIS },
  "service.contacts.admin": { description: "Addresses of the service's administrators", expected: URIS },
  "service.contacts.feedback": { description: "Where customers give feedback", expected: URIS },
  "service.contacts.sales": { description: "Where to ask about sales and marketing", expected: URIS },
  "service.contacts.security": { description: "Where to report security concerns", expected: URIS },
  "service.contacts.status": { description: "Where the service's status is told", expected: URIS },
  "service.contacts.support": { description: "Where customers find support", expected: URIS },
  "rooms.defaults": {
    variable: "VERONA_ROOM_DEFAULTS",
    kind: "json",
    description:
      "Configuration that new rooms start with. The variable holds a JSON object, whose keys take precedence one by one",
    expected: "an object of room settings",
    confidential: true,
  },
  "rooms.joinWithoutExtension": {
    variable: "VERONA_JOIN_WITHOUT_EXTENSION",
    kind: "boolean",
    default: false,
    description:
      "Whether presence without the muc extension enters a room, as in groupchat 1.0 (XEP-0045 section 7.2.18)",
    expected: YES_NO,
  },
  "rooms.tombstoneDays": {
    variable: "VERONA_TOMBSTONE_DAYS",
    kind: "number",
    default: 31,
    description:
      "Days for which the name of a destroyed room is not free: of a persistent one, and of one with an alternate venue. Who seeks it is told that it is gone, and where to; only the service's administrators may use it earlier. 0: it is free at once",
    expected: COUNT,
  },
  "occupants.pingAfter": {
    variable: "VERONA_PING_AFTER",
    kind: "number",
    default: 60,
    description: "Minutes after which a client that has sent nothing is asked whether it is there; 0: never",
    expected: COUNT,
  },
  "occupants.pingTimeout": {
    variable: "VERONA_PING_TIMEOUT",
    kind: "number",
    default: 15,
    description: "Minutes after which a client that does not answer is removed",
    expected: POSITIVE,
  },
  "limits.rooms": {
    variable: "VERONA_MAX_ROOMS",
    kind: "number",
    default: 10000,
    description: "Most rooms that may exist at a time",
    expected: POSITIVE,
  },
  "limits.roomsPerHour": {
    variable: "VERONA_MAX_ROOMS_PER_HOUR",
    kind: "number",
    default: 100,
    description:
      "Most rooms that one user may create within an hour, without those that are gone; administrators are not limited",
    expected: POSITIVE,
  },
  "limits.roomsPerDomain": {
    variable: "VERONA_MAX_ROOMS_PER_DOMAIN",
    kind: "number",
    default: 1000,
    description:
      "Most rooms at a time that users of one domain have made; 0: any number. Parent domains of component.domain are not limited",
    expected: COUNT,
  },
  "limits.occupantsPerRoom": {
    variable: "VERONA_MAX_OCCUPANTS",
    kind: "number",
    default: 1000,
    description: "Most occupants of a room, whatever the room's own limit",
    expected: POSITIVE,
  },
  "limits.stanzaBytes": {
    variable: "VERONA_MAX_STANZA_BYTES",
    kind: "number",
    default: 262144,
    description:
      "Largest stanza that is taken, in bytes as a server writes it that escapes all it may; no less than 10000 (RFC 6120 section 13.12), no more than 1048576",
    expected: "a whole number from 10000 to 1048576",
  },
  "limits.sentStanzaBytes": {
    variable: "VERONA_MAX_SENT_STANZA_BYTES",
    kind: "number",
    default: 500000,
    description:
      "Largest stanza that is sent to the XMPP server, in bytes: less than the server takes from components (Prosody: component_stanza_size_limit, 524288 by default), and at least 65536 more than limits.stanzaBytes",
    expected: "a whole number, 75536 or more",
  },
  "limits.outboxBytes": {
    variable: "VERONA_MAX_OUTBOX_BYTES",
    kind: "number",
    default: 536870912,
    description:
      "Bytes that may wait to be sent to the XMPP server before the busiest rooms take nothing more on; no less than 16777216",
    expected: "a whole number, 16777216 or more",
  },
  "limits.historyLength": {
    variable: "VERONA_MAX_HISTORY",
    kind: "number",
    default: 100,
    description: "Most messages of discussion history that a room may keep",
    expected: COUNT,
  },
  "limits.nicknameLength": {
    variable: "VERONA_MAX_NICKNAME",
    kind: "number",
    default: 64,
    description: "Longest nickname, in characters (Unicode code points)",
    expected: POSITIVE,
  },
  "limits.sessionsPerUser": {
    variable: "VERONA_MAX_SESSIONS",
    kind: "number",
    default: 20,
    description: "Most clients of one user that may be in a room, under one nickname or several",
    expected: POSITIVE,
  },
  "limits.messagesPerMinute": {
    variable: "VERONA_MAX_MESSAGES_PER_MINUTE",
    kind: "number",
    default: 300,
    description:
      "Most messages that one user may send to one room and its occupants within a minute; 0: any number",
    expected: COUNT,
  },
  "limits.presencePerMinute": {
    variable: "VERONA_MAX_PRESENCE_PER_MINUTE",
    kind: "number",
    default: 100,
    description:
      "Most entries, new nicknames and changes of status of one user in one room within a minute; 0: any number",
    expected: COUNT,
  },
  "limits.requestsPerMinute": {
    variable: "VERONA_MAX_REQUESTS_PER_MINUTE",
    kind: "number",
    default: 2000,
    description:
      "Most requests (IQs) that one user may send to one room and its occupants, or to the service, within a minute; 0: any number",
    expected: COUNT,
  },
  "limits.invitationsPerHour": {
    variable: "VERONA_MAX_INVITATIONS",
    kind: "number",
    default: 30,
    description: "Most invitations that one user may send within an hour, through all rooms together",
    expected: COUNT,
  },
  "limits.archivePage": {
    variable: "VERONA_MAX_ARCHIVE_PAGE",
    kind: "number",
    default: 200,
    description: "Most messages that one query of a room's archive gives (XEP-0313)",
    expected: POSITIVE,
  },
  "limits.freeDiskBytes": {
    variable: "VERONA_MIN_FREE_DISK_BYTES",
    kind: "number",
    default: 104857600,
    description:
      "Bytes that have to be free on the disk of an SQLite database for rooms to take messages and let anybody in; 0: none",
    expected: COUNT,
  },
  "archive.maxDays": {
    variable: "VERONA_ARCHIVE_DAYS",
    kind: "number",
    default: 0,
    description: "Days after which messages are removed from the archives of rooms; 0: never",
    expected: COUNT,
  },
  "archive.maxMessagesPerRoom": {
    variable: "VERONA_ARCHIVE_MESSAGES",
    kind: "number",
    default: 0,
    description: "Most messages that the archive of a room keeps, the latest; 0: any number",
    expected: COUNT,
  },
  "archive.privateMessages": {
    variable: "VERONA_ARCHIVE_PRIVATE_MESSAGES",
    kind: "boolean",
    default: false,
    description:
      "Whether the archives of rooms keep private messages, for who has sent and who has got them, and asks for them",
    expected: YES_NO,
  },
  "archive.presence": {
    variable: "VERONA_ARCHIVE_PRESENCE",
    kind: "boolean",
    default: false,
    description:
      "Whether the archives of rooms keep who came and who went, for occupants and members who ask for it",
    expected: YES_NO,
  },
  "metrics.host": {
    variable: "VERONA_METRICS_HOST",
    default: "127.0.0.1",
    description: "Host name or IP address at which metrics are served",
    expected: "a host name or an IP address, without a port",
  },
  "metrics.port": {
    variable: "VERONA_METRICS_PORT",
    kind: "number",
    description: "TCP port at which metrics are served (HTTP, /metrics). Without it they are not",
    expected: "a whole number from 1 to 65535",
  },
  storage: {
    variable: "VERONA_STORAGE",
    default: "sqlite:./verona.sqlite",
    description:
      "Where persistent rooms are kept: sqlite:PATH, postgres://USER:PASSWORD@HOST:PORT/DATABASE, or memory: to keep them only until the service ends",
    expected: '"memory:", "sqlite:PATH" or "postgres://USER:PASSWORD@HOST/DATABASE"',
  },
  logLevel: {
    variable: "VERONA_LOG_LEVEL",
    default: "info",
    description: "Least severe level that is logged; silent logs nothing",
    expected: oneOf(LOG_LEVELS),
  },
} as const satisfies Record<string, Setting>;

const ROOM_SETTINGS: Record<keyof RoomConfig, Omit<Setting, "default">> = {
  name: { description: "Natural-language name of the room", expected: "a text" },
  description: { description: "Short description of the room", expected: "a text" },
  language: {
    description: "Language of the discussion, as a language tag; empty for none in particular",
    expected: 'a language tag such as "en" or "pt-BR", or ""',
  },
  persistent: { description: "Whether the room outlives its last occupant", expected: YES_NO },
  public: { description: "Whether service discovery lists the room", expected: YES_NO },
  membersOnly: { description: "Whether only members may enter", expected: YES_NO },
  moderated: {
    description: "Whether new occupants without affiliation are visitors, without voice",
    expected: YES_NO,
  },
  passwordProtected: { description: "Whether a password is needed to enter", expected: YES_NO },
  password: { description: "The room's password", expected: "a text", confidential: true },
  whois: {
    description: "Who may see real JIDs: anyone (a non-anonymous room) or moderators (a semi-anonymous one)",
    expected: oneOf(["anyone", "moderators"]),
  },
  allowPrivateMessages: {
    description: "Who may send private messages",
    expected: oneOf(["anyone", "participants", "moderators", "none"]),
  },
  memberInvites: {
    description: "Whether members may invite to a members-only room, and so add members",
    expected: YES_NO,
  },
  changeSubject: { description: "Whether participants may change the subject", expected: YES_NO },
  openRegistration: {
    description: "Whether users without affiliation may register with the room, and become members by it",
    expected: YES_NO,
  },
  maxUsers: { description: "Most occupants; 0 for no limit of the room's own", expected: COUNT },
  historyLength: { description: "Number of messages of discussion history", expected: COUNT },
  presenceBroadcast: {
    description: "Roles whose presence is broadcast",
    expected: `a list of different roles, each ${oneOf(BROADCAST_ROLES)}`,
  },
  publicLogging: {
    description: "Whether the discussion is logged where the public can read it",
    expected: YES_NO,
  },
  logs: { description: "Address of the logs of the discussion", expected: "a text" },
  contacts: {
    description: "Bare JIDs of those who answer for the room",
    expected: 'a list of bare JIDs such as "juliet@example.org"',
  },
  memberListRoles: {
    description: "Roles whose occupants may be given the member list",
    expected: `a list of different roles, each ${oneOf(MEMBER_LIST_ROLES)}`,
  },
  allowVoiceRequests: { description: "Whether visitors may ask for voice", expected: YES_NO },
  visitorsMayRename: { description: "Whether visitors may change their nickname", expected: YES_NO },
  lockNicknames: {
    description: "Whether those who have a reserved nickname use it and no other",
    expected: YES_NO,
  },
  refuseLookalikes: {
    description: "Whether nicknames that look like one that is taken are refused",
    expected: YES_NO,
  },
  registrationApproval: {
    description:
      "Whether users without affiliation may ask to be registered, and wait for an admin's approval",
    expected: YES_NO,
  },
  slowMode: {
    description: "Seconds between two messages of one occupant (XEP-0500); 0 for no limit",
    expected: COUNT,
  },
  archiving: {
    description: "Whether the discussion is kept in an archive (XEP-0313)",
    expected: YES_NO,
  },
  archiveDays: {
    description: "Days that the room's archive keeps messages; 0 for as long as archive.maxDays says",
    expected: COUNT,
  },
  archiveMessages: {
    description:
      "Most messages that the room's archive keeps; 0 for as many as archive.maxMessagesPerRoom says",
    expected: COUNT,
  },
  forwardMentions: {
    description:
      "Whether affiliated users with a registered nickname get messages that mention them while they are not in the room (XEP-0452)",
    expected: YES_NO,
  },
};

/** Every setting by its path in the configuration file. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  ...SERVICE_SETTINGS,
  ...Object.fromEntries(
    Object.entries(ROOM_SETTINGS).map(([field, setting]) => [
      `rooms.defaults.${field}`,
      { ...setting, default: DEFAULT_ROOM_CONFIG[field as keyof RoomConfig] },
    ]),
  ),
};

export type SettingPath = keyof typeof SERVICE_SETTINGS | `rooms.defaults.${keyof RoomConfig}`;

/** The setting at a path that is known to be one. */
export function settingAt(path: SettingPath): Setting {
  return SETTINGS[path] as Setting;
}

type ServiceSettings = typeof SERVICE_SETTINGS;

/** The default of a setting that has one. */
export function defaultOf<P extends keyof ServiceSettings>(
  path: P,
): ServiceSettings[P] extends { default: infer D } ? D : never {
  return SETTINGS[path]?.default as ReturnType<typeof defaultOf<P>>;
}

function oneOf(values: readonly string[]): string {
  return `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;
}

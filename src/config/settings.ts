import {
  BROADCAST_ROLES,
  DEFAULT_ROOM_CONFIG,
  MEMBER_LIST_ROLES,
  type RoomConfig,
} from "../muc/model/room-config.ts";
import { LOG_LEVELS, ROOM_CREATION } from "./config.ts";

/** Kind of an environment variable: how its text becomes the value of the file. */
export type VariableKind = "text" | "number" | "boolean" | "list" | "json";

/** A setting as described to operators in errors, the JSON Schema and the documentation. */
export interface Setting {
  readonly description: string;
  /** Completes "expected ...". */
  readonly expected: string;
  readonly default?: unknown;
  readonly variable?: string;
  readonly kind?: VariableKind;
  /** True if its value must not be shown. */
  readonly confidential?: boolean;
}

const YES_NO = "true or false";
const URIS = 'a list of URIs such as "mailto:abuse@example.org"';
const COUNT = "a whole number, 0 or more";
const POSITIVE = "a whole number, 1 or more";

/** All settings but those of `rooms.defaults`, by their paths in the configuration file. */
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
      "Domain of the service, as configured for the component on the XMPP server. Rooms are ROOM@DOMAIN. Required",
    expected: 'a domain such as "rooms.example.org"',
  },
  "component.secret": {
    variable: "VERONA_SECRET",
    description: "Secret shared with the XMPP server. Required, unless component.secretFile is set",
    expected: "a text that is not empty",
    confidential: true,
  },
  "component.secretFile": {
    variable: "VERONA_SECRET_FILE",
    description:
      "File that contains the secret, instead of component.secret; trailing line breaks are removed",
    expected: "the path of a file",
  },
  "component.multicast": {
    variable: "VERONA_MULTICAST",
    default: "auto",
    description:
      "Whether to use a multicast service (XEP-0033): auto (if the server has one), off, or its domain",
    expected: 'auto, off or a domain such as "multicast.example.org"',
  },
  "service.name": {
    variable: "VERONA_SERVICE_NAME",
    default: "Chatrooms",
    description: "Name shown by service discovery",
    expected: "one line of text that is not empty",
  },
  "service.admins": {
    variable: "VERONA_ADMINS",
    kind: "list",
    default: [],
    description: "Bare JIDs of the service administrators; separate them by commas in the variable",
    expected: 'a list of bare JIDs such as "juliet@example.org"',
  },
  "service.roomCreation": {
    variable: "VERONA_ROOM_CREATION",
    default: "local",
    description:
      "Who may create rooms: local (users whose domain is a parent of component.domain), anyone (also users of other servers) or admins",
    expected: oneOf(ROOM_CREATION),
  },
  "service.contacts": {
    variable: "VERONA_CONTACTS",
    kind: "json",
    description:
      "Contact addresses of the service (XEP-0157): a list of URIs for each purpose. The variable is a JSON object; its keys override those of the file one by one",
    expected: "an object of lists of URIs",
  },
  "service.contacts.abuse": { description: "For reports of abuse", expected: URIS },
  "service.contacts.admin": { description: "Service administrators", expected: URIS },
  "service.contacts.feedback": { description: "For customer feedback", expected: URIS },
  "service.contacts.sales": { description: "Sales and marketing", expected: URIS },
  "service.contacts.security": { description: "For security reports", expected: URIS },
  "service.contacts.status": { description: "Service status", expected: URIS },
  "service.contacts.support": { description: "Customer support", expected: URIS },
  "rooms.defaults": {
    variable: "VERONA_ROOM_DEFAULTS",
    kind: "json",
    description:
      "Configuration of new rooms. The variable is a JSON object; its keys override those of the file one by one",
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
      "Days for which the address of a destroyed room stays reserved, if the room was persistent or has an alternate venue. Users who try to enter are told that it is gone; only service administrators may reuse it earlier. 0: no tombstone",
    expected: COUNT,
  },
  "occupants.pingAfter": {
    variable: "VERONA_PING_AFTER",
    kind: "number",
    default: 60,
    description: "Minutes of silence after which a client is pinged (XEP-0199); 0: never",
    expected: COUNT,
  },
  "occupants.pingTimeout": {
    variable: "VERONA_PING_TIMEOUT",
    kind: "number",
    default: 15,
    description: "Minutes to wait for the answer before a client is removed",
    expected: POSITIVE,
  },
  "limits.rooms": {
    variable: "VERONA_MAX_ROOMS",
    kind: "number",
    default: 10000,
    description: "Maximum number of rooms",
    expected: POSITIVE,
  },
  "limits.roomsPerHour": {
    variable: "VERONA_MAX_ROOMS_PER_HOUR",
    kind: "number",
    default: 100,
    description:
      "Maximum number of rooms that one user may create per hour. Deleted rooms do not count; service administrators are not limited",
    expected: POSITIVE,
  },
  "limits.roomsPerDomain": {
    variable: "VERONA_MAX_ROOMS_PER_DOMAIN",
    kind: "number",
    default: 1000,
    description:
      "Maximum number of existing rooms created by users of one domain; 0: no limit. Parent domains of component.domain are not limited",
    expected: COUNT,
  },
  "limits.occupantsPerRoom": {
    variable: "VERONA_MAX_OCCUPANTS",
    kind: "number",
    default: 1000,
    description: "Maximum number of occupants of any room",
    expected: POSITIVE,
  },
  "limits.stanzaBytes": {
    variable: "VERONA_MAX_STANZA_BYTES",
    kind: "number",
    default: 262144,
    description:
      "Largest stanza accepted, in bytes with all optional escapes; 10000 (RFC 6120 section 13.12) to 1048576",
    expected: "a whole number from 10000 to 1048576",
  },
  "limits.sentStanzaBytes": {
    variable: "VERONA_MAX_SENT_STANZA_BYTES",
    kind: "number",
    default: 500000,
    description:
      "Largest stanza sent to the XMPP server, in bytes. Must be below the server's limit for components (Prosody: component_stanza_size_limit, 524288 by default) and at least 65536 more than limits.stanzaBytes",
    expected: "a whole number, 75536 or more",
  },
  "limits.outboxBytes": {
    variable: "VERONA_MAX_OUTBOX_BYTES",
    kind: "number",
    default: 536870912,
    description: "Output backlog in bytes at which the busiest rooms refuse stanzas; at least 16777216",
    expected: "a whole number, 16777216 or more",
  },
  "limits.historyLength": {
    variable: "VERONA_MAX_HISTORY",
    kind: "number",
    default: 100,
    description: "Maximum number of history messages that a room may keep",
    expected: COUNT,
  },
  "limits.nicknameLength": {
    variable: "VERONA_MAX_NICKNAME",
    kind: "number",
    default: 64,
    description: "Maximum nickname length in Unicode code points",
    expected: POSITIVE,
  },
  "limits.sessionsPerUser": {
    variable: "VERONA_MAX_SESSIONS",
    kind: "number",
    default: 20,
    description: "Maximum number of clients of one user in a room, under all nicknames",
    expected: POSITIVE,
  },
  "limits.messagesPerMinute": {
    variable: "VERONA_MAX_MESSAGES_PER_MINUTE",
    kind: "number",
    default: 300,
    description:
      "Maximum number of messages per minute from one user to one room and its occupants; 0: no limit",
    expected: COUNT,
  },
  "limits.presencePerMinute": {
    variable: "VERONA_MAX_PRESENCE_PER_MINUTE",
    kind: "number",
    default: 100,
    description:
      "Maximum number of joins, nickname changes and status changes per minute of one user in one room; 0: no limit",
    expected: COUNT,
  },
  "limits.requestsPerMinute": {
    variable: "VERONA_MAX_REQUESTS_PER_MINUTE",
    kind: "number",
    default: 2000,
    description:
      "Maximum number of IQ requests per minute from one user to one room and its occupants, or to the service; 0: no limit",
    expected: COUNT,
  },
  "limits.invitationsPerHour": {
    variable: "VERONA_MAX_INVITATIONS",
    kind: "number",
    default: 30,
    description: "Maximum number of invitations per hour from one user through all rooms",
    expected: COUNT,
  },
  "limits.archivePage": {
    variable: "VERONA_MAX_ARCHIVE_PAGE",
    kind: "number",
    default: 200,
    description: "Maximum number of messages in one archive page (XEP-0313)",
    expected: POSITIVE,
  },
  "limits.freeDiskBytes": {
    variable: "VERONA_MIN_FREE_DISK_BYTES",
    kind: "number",
    default: 104857600,
    description:
      "Free space in bytes to preserve on the disk of an SQLite database. With less, rooms refuse messages and joins; 0: none",
    expected: COUNT,
  },
  "archive.maxDays": {
    variable: "VERONA_ARCHIVE_DAYS",
    kind: "number",
    default: 0,
    description: "Days after which messages are deleted from the archives; 0: never",
    expected: COUNT,
  },
  "archive.maxMessagesPerRoom": {
    variable: "VERONA_ARCHIVE_MESSAGES",
    kind: "number",
    default: 0,
    description:
      "Maximum number of messages in the archive of a room; the oldest are deleted first; 0: no limit",
    expected: COUNT,
  },
  "archive.privateMessages": {
    variable: "VERONA_ARCHIVE_PRIVATE_MESSAGES",
    kind: "boolean",
    default: false,
    description: "Whether archives keep private messages for their sender and recipient",
    expected: YES_NO,
  },
  "archive.presence": {
    variable: "VERONA_ARCHIVE_PRESENCE",
    kind: "boolean",
    default: false,
    description: "Whether archives keep joins and departures for occupants and affiliated users",
    expected: YES_NO,
  },
  "metrics.host": {
    variable: "VERONA_METRICS_HOST",
    default: "127.0.0.1",
    description: "Host name or IP address on which metrics are served",
    expected: "a host name or an IP address, without a port",
  },
  "metrics.port": {
    variable: "VERONA_METRICS_PORT",
    kind: "number",
    description: "TCP port for Prometheus (HTTP, /metrics). If unset, metrics are off",
    expected: "a whole number from 1 to 65535",
  },
  storage: {
    variable: "VERONA_STORAGE",
    default: "sqlite:./verona.sqlite",
    description:
      "Where persistent rooms are stored: sqlite:PATH, postgres://USER:PASSWORD@HOST:PORT/DATABASE or memory: (lost when the service ends)",
    expected: '"memory:", "sqlite:PATH" or "postgres://USER:PASSWORD@HOST/DATABASE"',
  },
  logLevel: {
    variable: "VERONA_LOG_LEVEL",
    default: "info",
    description: "Lowest severity to log; silent logs nothing",
    expected: oneOf(LOG_LEVELS),
  },
} as const satisfies Record<string, Setting>;

const ROOM_SETTINGS: Record<keyof RoomConfig, Omit<Setting, "default">> = {
  name: { description: "Natural-language name of the room", expected: "a text" },
  description: { description: "Short description", expected: "a text" },
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
  password: { description: "The room's password", expected: "a text", confidential: true },
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
  logs: { description: "Address of the discussion logs", expected: "a text" },
  contacts: {
    description: "Bare JIDs of the room's contacts",
    expected: 'a list of bare JIDs such as "juliet@example.org"',
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

/** All settings by their paths in the configuration file. */
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

/** Returns the setting of a path. */
export function settingAt(path: SettingPath): Setting {
  return SETTINGS[path] as Setting;
}

type ServiceSettings = typeof SERVICE_SETTINGS;

/** Returns the default of a setting that has one. */
export function defaultOf<P extends keyof ServiceSettings>(
  path: P,
): ServiceSettings[P] extends { default: infer D } ? D : never {
  return SETTINGS[path]?.default as ReturnType<typeof defaultOf<P>>;
}

function oneOf(values: readonly string[]): string {
  return `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;
}

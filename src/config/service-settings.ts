// The settings of component, service, rooms (without its defaults) and occupants, by their path in the configuration file.
import {
  BARE_JIDS,
  COUNT,
  NAMES,
  PATTERNS,
  POSITIVE,
  type Setting,
  URIS,
  USER_SET,
  YES_NO,
} from "./setting.ts";

export const SERVICE_SETTINGS = {
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
  "component.tls": {
    variable: "VERONA_TLS",
    kind: "boolean",
    default: false,
    description:
      "Whether the connection to the XMPP server is encrypted: its listener for components must be one with TLS",
    expected: YES_NO,
  },
  "component.tlsName": {
    variable: "VERONA_TLS_NAME",
    description:
      "Name that the server's certificate must have, with component.tls; component.host by default",
    expected: "a host name or an IP address",
  },
  "component.tlsCaFile": {
    variable: "VERONA_TLS_CA_FILE",
    description:
      "File with the certificates (PEM) of the authorities that are trusted, or of the server itself, with component.tls. Without it, those that Node.js trusts",
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
  "service.language": {
    variable: "VERONA_LANGUAGE",
    default: "en",
    description:
      "Language of texts for users whose clients name none (`xml:lang`): en, de, or that of one of service.languageFiles",
    expected: 'a language tag such as "de" or "pt-BR"',
  },
  "service.languageFiles": {
    variable: "VERONA_LANGUAGE_FILES",
    kind: "list",
    default: [],
    description:
      "Files with the texts for users in further languages, each named by its language, such as fr.json",
    expected: 'a list of files such as ["/etc/verona/fr.json"]',
  },
  "service.admins": {
    variable: "VERONA_ADMINS",
    kind: "list",
    default: [],
    description: "Bare JIDs of the service administrators; separate them by commas in the variable",
    expected: BARE_JIDS,
  },
  "service.users": {
    variable: "VERONA_USERS",
    kind: "list",
    default: "anyone",
    description:
      "Who may use the service: anyone, local (users whose domain is a parent of component.domain), admins, or accounts, domains and patterns",
    expected: USER_SET,
  },
  "service.roomCreation": {
    variable: "VERONA_ROOM_CREATION",
    kind: "list",
    default: "local",
    description: "Who may create rooms; values as for service.users",
    expected: USER_SET,
  },
  "service.persistentRooms": {
    variable: "VERONA_PERSISTENT_ROOMS",
    kind: "list",
    default: "anyone",
    description: "Which owners may make rooms persistent; values as for service.users",
    expected: USER_SET,
  },
  "service.publicRooms": {
    variable: "VERONA_PUBLIC_ROOMS",
    kind: "list",
    default: "anyone",
    description: "Which owners may make rooms public; values as for service.users",
    expected: USER_SET,
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
  "rooms.fixedOptions": {
    variable: "VERONA_FIXED_OPTIONS",
    kind: "list",
    default: [],
    description:
      "Room options that only service administrators may change, by their key in rooms.defaults; separate them by commas in the variable",
    expected: 'a list of keys of rooms.defaults such as "whois"',
  },
  "rooms.reservedNicknames": {
    variable: "VERONA_RESERVED_NICKNAMES",
    kind: "list",
    default: ["admin", "administrator", "moderator"],
    description:
      "Words and patterns that only admins and owners of a room may use as nicknames, or who has reserved such a one; with all that look like the words. If there are any, service.name is one of them",
    expected: NAMES,
  },
  "rooms.names": {
    variable: "VERONA_ROOM_NAMES",
    kind: "list",
    default: [],
    description: "Patterns of which the name of a new room (before the @) must match one; empty: any name",
    expected: PATTERNS,
  },
  "rooms.reservedNames": {
    variable: "VERONA_RESERVED_ROOM_NAMES",
    kind: "list",
    default: [],
    description:
      "Words and patterns that the name of a new room may not match; with all that look like the words. Service administrators may use them",
    expected: NAMES,
  },
  "rooms.banGroups": {
    variable: "VERONA_BAN_GROUPS",
    kind: "json",
    default: {},
    description:
      "Groups of rooms that share their bans: a list of room names (before the @) for each group. A room is in one group at most. The variable is a JSON object",
    expected: "an object of lists of 2 to 50 room names, each name in one list",
  },
  "rooms.configured": {
    variable: "VERONA_CONFIGURED_ROOMS",
    kind: "json",
    default: {},
    description:
      "Rooms that exist from the start, by the name before the @: options as in rooms.defaults, owners (at least one), admins, members with the nicknames that are reserved for them (empty for none), banned. What differs is changed at the start and at a reload; what is not named stays, and no room is destroyed. The variable is a JSON object",
    expected: "an object of rooms, each with owners",
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
      "Days for which the address of a destroyed room stays reserved, if the room was persistent or members-only, or has an alternate venue. Users who try to enter are told that it is gone; only service administrators may reuse it earlier. 0: no tombstone",
    expected: COUNT,
  },
  "rooms.unusedDays": {
    variable: "VERONA_UNUSED_DAYS",
    kind: "number",
    default: 0,
    description:
      "Days after which a persistent room that nobody has entered is destroyed with its archive, except rooms of rooms.configured; 0: never",
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
} as const satisfies Record<string, Setting>;

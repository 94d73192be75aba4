// The settings of limits.*, by their path in the configuration file.
import { COUNT, POSITIVE, type Setting } from "./setting.ts";

export const LIMIT_SETTINGS = {
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
} as const satisfies Record<string, Setting>;

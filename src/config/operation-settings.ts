// The settings of archives, metrics, the HTTP API, storage and log, by their path in the configuration file.
import { LOG_LEVELS, PAGES_ROBOTS } from "./config.ts";
import { COUNT, oneOf, type Setting, YES_NO } from "./setting.ts";

export const OPERATION_SETTINGS = {
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
  "archive.actDays": {
    variable: "VERONA_ACT_DAYS",
    kind: "number",
    default: 365,
    description: "Days after which records of what staff and rooms did are deleted; 0: never",
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
  "http.host": {
    variable: "VERONA_HTTP_HOST",
    default: "127.0.0.1",
    description: "Host name or IP address on which the HTTP API is served",
    expected: "a host name or an IP address, without a port",
  },
  "http.port": {
    variable: "VERONA_HTTP_PORT",
    kind: "number",
    description: "TCP port of the HTTP API. If unset, the API is off",
    expected: "a whole number from 1 to 65535",
  },
  "http.console": {
    variable: "VERONA_HTTP_CONSOLE",
    kind: "boolean",
    default: true,
    description: "Whether the HTTP API's port serves the web console, at /console/",
    expected: YES_NO,
  },
  "pages.host": {
    variable: "VERONA_PAGES_HOST",
    default: "127.0.0.1",
    description: "Host name or IP address on which the public pages are served",
    expected: "a host name or an IP address, without a port",
  },
  "pages.port": {
    variable: "VERONA_PAGES_PORT",
    kind: "number",
    description: "TCP port of the public pages of rooms (HTTP). If unset, there are none",
    expected: "a whole number from 1 to 65535",
  },
  "pages.url": {
    variable: "VERONA_PAGES_URL",
    description:
      "Address under which people find the public pages, at the proxy before them. Required with pages.port",
    expected: 'an address of http or https such as "https://rooms.example.org/", without ? and #',
  },
  "pages.webChatUrl": {
    variable: "VERONA_PAGES_WEB_CHAT_URL",
    description:
      "Address at which a web client opens a room, for pages and service discovery: {room} stands for the name of the room, {address} for its address",
    expected:
      'an address of http or https with {room} or {address}, such as "https://chat.example.org/#/{address}"',
  },
  "pages.robots": {
    variable: "VERONA_PAGES_ROBOTS",
    default: "noindex",
    description: "Whether search engines may list the public pages: index or noindex",
    expected: oneOf(PAGES_ROBOTS),
  },
  storage: {
    variable: "VERONA_STORAGE",
    default: "sqlite:./verona.sqlite",
    description:
      "Where persistent rooms are stored: sqlite:PATH, postgres://USER:PASSWORD@HOST:PORT/DATABASE or memory: (lost when the service ends)",
    expected: '"memory:", "sqlite:PATH" or "postgres://USER:PASSWORD@HOST/DATABASE"',
  },
  standby: {
    variable: "VERONA_STANDBY",
    kind: "boolean",
    default: false,
    description:
      "Whether this process waits while another one serves the same PostgreSQL database, and takes over when that one ends. Set it in both",
    expected: YES_NO,
  },
  cluster: {
    variable: "VERONA_CLUSTER",
    kind: "boolean",
    default: false,
    description:
      "Whether several processes serve the rooms of the domain together, each beside a node of an ejabberd cluster, with one PostgreSQL database. Set it in all of them",
    expected: YES_NO,
  },
  nodeName: {
    variable: "VERONA_NODE_NAME",
    description:
      "Name of this process among those of a cluster, with cluster only; the host name by default. Its address at the XMPP server is nodeName.component.domain",
    expected: 'a label of a domain such as "muc1"',
  },
  nats: {
    variable: "VERONA_NATS",
    kind: "list",
    default: [],
    description:
      "Addresses of the servers of NATS that carry messages between the nodes of a cluster; separate them by commas in the variable. Without any, the XMPP server carries them",
    expected: 'a list of addresses such as "nats://user:password@host:4222" or "tls://host:4222"',
    confidential: true,
  },
  controlSocket: {
    variable: "VERONA_CONTROL_SOCKET",
    description:
      "Path of the socket on which the command line reaches the running service: at most 100 bytes. By default the path of the SQLite database with .socket at its end, or verona.socket in the folder of the configuration file",
    expected: "a path of at most 100 bytes",
  },
  logLevel: {
    variable: "VERONA_LOG_LEVEL",
    default: "info",
    description: "Lowest severity to log; silent logs nothing",
    expected: oneOf(LOG_LEVELS),
  },
} as const satisfies Record<string, Setting>;

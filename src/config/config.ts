import type { RoomConfig } from "../muc/model/room-config.ts";
import type { OptionKey } from "../muc/model/room-options.ts";
import type { Language } from "../xmpp/text.ts";
import type { ListAddress } from "./list-address.ts";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
/** Whether search engines may list the public pages. */
export const PAGES_ROBOTS = ["index", "noindex"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Purposes of the service's contact addresses (XEP-0157). */
export const CONTACT_PURPOSES = [
  "abuse",
  "admin",
  "feedback",
  "sales",
  "security",
  "status",
  "support",
] as const;
export type ContactPurpose = (typeof CONTACT_PURPOSES)[number];

/** The store of persistent rooms. `path` is absolute; `url` may hold a password and is never shown. */
export type StorageConfig =
  | { kind: "memory" }
  | { kind: "sqlite"; path: string }
  | { kind: "postgres"; url: string };

/** A room that the configuration describes. Users are bare JIDs; `members` has the reserved nicknames, "" for none. */
export interface ConfiguredRoom {
  readonly options: Partial<RoomConfig>;
  readonly owners: readonly string[];
  readonly admins: readonly string[];
  readonly members: Readonly<Record<string, string>>;
  readonly banned: readonly string[];
}

/** The configuration of the service: checked and complete, with normalized addresses. */
export interface Config {
  component: {
    host: string;
    port: number;
    domain: string;
    secret: string;
    /** The name of the server's certificate, and those that are trusted (PEM); undefined without TLS. */
    tls: { name: string; ca: string | undefined } | undefined;
    /** "auto", "off", or the domain of a multicast service (XEP-0033). */
    multicast: string;
  };
  /** `admins` are bare JIDs, `contacts` URIs; who may use the service, create rooms, ... are items of `UserSet`. */
  service: {
    name: string;
    admins: string[];
    users: readonly string[];
    roomCreation: readonly string[];
    persistentRooms: readonly string[];
    publicRooms: readonly string[];
    contacts: Partial<Record<ContactPurpose, string[]>>;
    /** Language of users whose clients name none, and further catalogues of texts. */
    language: string;
    languageFiles: readonly Language[];
  };
  /** Items of `UserSet`, and the blocklists of other services. */
  blocklists: {
    entry: readonly string[];
    creation: readonly string[];
    everything: readonly string[];
    subscribe: readonly ListAddress[];
  };
  /** `defaults`: the configuration of new rooms, where it differs from `DEFAULT_ROOM_CONFIG`. */
  rooms: {
    defaults: Partial<RoomConfig>;
    fixedOptions: readonly OptionKey[];
    /** Items of `ReservedNames`; `names` are patterns. */
    reservedNicknames: readonly string[];
    names: readonly string[];
    reservedNames: readonly string[];
    /** Nodes of the rooms that share bans, by the name of their group. */
    banGroups: Readonly<Record<string, readonly string[]>>;
    /** By node. */
    configured: Readonly<Record<string, ConfiguredRoom>>;
    joinWithoutExtension: boolean;
    tombstoneDays: number;
    unusedDays: number;
  };
  /** In minutes: the silence after which a client is pinged (0: never), and the time for its answer. */
  occupants: { pingAfter: number; pingTimeout: number };
  /**
   * `roomsPerHour` and `invitationsPerHour` are for each user. `historyLength` limits the discussion history of rooms,
   * `nicknameLength` counts code points, `archivePage` limits the messages of one archive query. `freeDiskBytes` must
   * stay free on the disk of an SQLite database; 0 for no limit.
   */
  limits: {
    rooms: number;
    roomsPerHour: number;
    roomsPerDomain: number;
    occupantsPerRoom: number;
    stanzaBytes: number;
    sentStanzaBytes: number;
    outboxBytes: number;
    historyLength: number;
    nicknameLength: number;
    sessionsPerUser: number;
    messagesPerMinute: number;
    statesPerMinute: number;
    privateMessagesPerMinute: number;
    entriesPerMinute: number;
    nicknamesPerMinute: number;
    presencePerMinute: number;
    invitationsPerMinute: number;
    requestsPerMinute: number;
    archiveQueriesPerMinute: number;
    searchesPerMinute: number;
    discoPerMinute: number;
    domainRateFactor: number;
    strangerCharacters: number;
    strangerLines: number;
    strangerMentions: number;
    strangerBytes: number;
    raidEntries: number;
    raidRefusals: number;
    invitationsPerHour: number;
    archivePage: number;
    freeDiskBytes: number;
  };
  /** Limits of every archive and of the records of acts (0 for none), and the kinds of stanzas that are archived beside groupchat messages. */
  archive: {
    maxDays: number;
    maxMessagesPerRoom: number;
    actDays: number;
    privateMessages: boolean;
    presence: boolean;
  };
  /** The address of the metrics endpoint; undefined if there is none. */
  metrics: { host: string; port: number } | undefined;
  /** The address of the HTTP API, and whether it serves the console; undefined if it is off. */
  http: { host: string; port: number; console: boolean } | undefined;
  /**
   * The listener of the public pages, their address for people (it ends with a slash), that of a web client with {room} or
   * {address}, and whether search engines may list them; undefined if there are none.
   */
  pages:
    | {
        host: string;
        port: number;
        url: string;
        webChatUrl: string | undefined;
        robots: (typeof PAGES_ROBOTS)[number];
      }
    | undefined;
  storage: StorageConfig;
  /** The process waits while another one serves the same PostgreSQL database. */
  standby: boolean;
  /**
   * The name of this process among those that serve the domain together, and the NATS servers that carry their messages, if any;
   * undefined if it serves alone. An address may hold a password and is never shown.
   */
  cluster: { name: string; nats: string[] } | undefined;
  /** Absolute path of the socket for the command line. */
  controlSocket: string;
  logLevel: LogLevel;
}

/** Thrown for an invalid configuration. Each problem is one line with the place and the expected value. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly problems: string[];

  constructor(problems: string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

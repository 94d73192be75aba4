import type { RoomConfig } from "../muc/model/room-config.ts";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Who may create rooms; "local" stands for users whose domain is a parent domain of the component's. */
export const ROOM_CREATION = ["anyone", "local", "admins"] as const;
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

export type RoomCreation = (typeof ROOM_CREATION)[number];

/** Where persistent rooms are kept. `path` is absolute; `url` may hold a password, and is never shown. */
export type StorageConfig =
  | { kind: "memory" }
  | { kind: "sqlite"; path: string }
  | { kind: "postgres"; url: string };

/** The configuration of the service: checked, complete, addresses in the form in which they are compared. */
export interface Config {
  component: {
    host: string;
    port: number;
    domain: string;
    secret: string;
    /** "auto", "off", or the domain of a multicast service (XEP-0033). */
    multicast: string;
  };
  /** `admins` are bare JIDs, `contacts` URIs. */
  service: {
    name: string;
    admins: string[];
    roomCreation: RoomCreation;
    contacts: Partial<Record<ContactPurpose, string[]>>;
  };
  /** What new rooms start with, where it differs from `DEFAULT_ROOM_CONFIG`. */
  rooms: { defaults: Partial<RoomConfig>; joinWithoutExtension: boolean; tombstoneDays: number };
  /** In minutes: how long clients are quiet before they are pinged (0: never), and how long an answer is awaited. */
  occupants: { pingAfter: number; pingTimeout: number };
  /** `roomsPerHour`: created by one user; `historyLength`: the most messages of discussion history any room may keep; `nicknameLength` in code points; `invitationsPerHour` of one user through one room; `archivePage`: the most messages that one query of an archive gives; `freeDiskBytes`: what has to be free on the disk of an SQLite database, 0 for nothing. */
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
    presencePerMinute: number;
    requestsPerMinute: number;
    invitationsPerHour: number;
    archivePage: number;
    freeDiskBytes: number;
  };
  /** How long and how many messages of a room are kept, 0 for no limit; and what else than what is said to all. */
  archive: { maxDays: number; maxMessagesPerRoom: number; privateMessages: boolean; presence: boolean };
  /** Where metrics are served, if they are. */
  metrics: { host: string; port: number } | undefined;
  storage: StorageConfig;
  logLevel: LogLevel;
}

/** A configuration that cannot be used. Each problem is one line, and says where it is and what was expected. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly problems: string[];

  constructor(problems: string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

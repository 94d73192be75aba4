import type { PresenceBudget } from "./presence-budget.ts";
import type { PublicPages } from "./public-pages.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import type { RefusalCounts } from "./refusal-counts.ts";
import type { ReservedNames } from "./reserved-names.ts";
import type { ServiceAccess } from "./service-access.ts";
import type { SharedBans } from "./shared-bans.ts";

/** The rules' access to clock, ids, limits and settings. Tests supply their own clock and ids. */
export interface RoomEnvironment {
  /** Milliseconds since 1970, for times that are sent or stored. */
  now(): number;
  /** Milliseconds of a monotonic clock, for intervals. */
  elapsed(): number;
  /** Returns a new unpredictable identifier. */
  newId(): string;
  /** The component's own domain. */
  readonly domain: string;
  /** Returns true for service administrators, who are owners of every room. */
  isServiceAdmin(bareJid: string): boolean;
  /** Language of users whose clients name none. */
  readonly language: string;
  /** The operator's lists of users. */
  readonly access: ServiceAccess;
  /** Limits the invitations that each user sends within an hour through all rooms. */
  readonly invitations: RateLimiter;
  /** Bare JIDs of the operator's contacts for reports of abuse. */
  readonly abuseContacts: readonly string[];
  /** Limits the reports to them within an hour, of each room and user and of all. */
  readonly abuseReports: RateLimiter;
  /** Limits the memory that the presence of all occupants takes. */
  readonly presences: PresenceBudget;
  /** Counts what rules of safety refuse, for the metrics. */
  readonly refusals: RefusalCounts;
  /** The operator's limits; `nicknameLength` counts Unicode code points. */
  readonly limits: {
    readonly occupantsPerRoom: number;
    readonly historyLength: number;
    readonly nicknameLength: number;
    readonly sessionsPerUser: number;
    readonly invitationsPerHour: number;
    readonly archivePage: number;
    /** Maximum bytes of a stanza that the service sends. */
    readonly sentStanzaBytes: number;
    /** Limits of one message of a user without affiliation; 0 for none. */
    readonly strangerCharacters: number;
    readonly strangerLines: number;
    readonly strangerMentions: number;
    readonly strangerBytes: number;
    /** Entries and refusals within a minute that are taken for a raid; 0: none are. */
    readonly raidEntries: number;
    readonly raidRefusals: number;
  };
  /**
   * Limits of archives: days, and messages of one room (0 for no limit). Flags for archiving private messages and
   * presence too.
   */
  readonly archive: {
    readonly maxDays: number;
    readonly maxMessagesPerRoom: number;
    readonly privateMessages: boolean;
    readonly presence: boolean;
  };
  /** True if presence without the MUC extension enters a room (XEP-0045 section 7.2.18). */
  readonly joinWithoutExtension: boolean;
  /** The public pages of rooms; undefined while they are off. */
  readonly pages: PublicPages | undefined;
  readonly sharedBans: SharedBans;
  /** Nicknames that the operator reserves. */
  readonly reservedNicknames: Pick<ReservedNames, "has">;
  /** Options that only administrators of the service change. */
  readonly fixedOptions: readonly string[];
  /** Days until the name of a destroyed room can be reused; 0: at once. */
  readonly tombstoneDays: number;
}

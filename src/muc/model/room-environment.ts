import type { PresenceBudget } from "./presence-budget.ts";
import type { RateLimiter } from "./rate-limiter.ts";

/** What the rules take from outside: so a test can drive a room with a clock and ids of its own. */
export interface RoomEnvironment {
  /** Milliseconds since 1970: for what is told or kept. */
  now(): number;
  /** Milliseconds since a moment that does not change while the process runs, whatever the clock is set to: for intervals. */
  elapsed(): number;
  /** A new unpredictable identifier. */
  newId(): string;
  /** The component's own domain. */
  readonly domain: string;
  /** Service administrators are owners of every room. */
  isServiceAdmin(bareJid: string): boolean;
  /** How many invitations users have sent within an hour, through all rooms. */
  readonly invitations: RateLimiter;
  /** What the presence of all occupants takes in memory. */
  readonly presences: PresenceBudget;
  /** The operator's limits; `nicknameLength` counts Unicode code points. */
  readonly limits: {
    readonly occupantsPerRoom: number;
    readonly historyLength: number;
    readonly nicknameLength: number;
    readonly sessionsPerUser: number;
    readonly invitationsPerHour: number;
    readonly archivePage: number;
    /** Bytes of the largest stanza that may be sent. */
    readonly sentStanzaBytes: number;
  };
  /**
   * What archives keep at most, how long and how many messages of a room (0 for no limit); and whether they keep
   * private messages and presence too.
   */
  readonly archive: {
    readonly maxDays: number;
    readonly maxMessagesPerRoom: number;
    readonly privateMessages: boolean;
    readonly presence: boolean;
  };
  /** Whether presence without the extension that asks for it enters a room (XEP-0045 section 7.2.18). */
  readonly joinWithoutExtension: boolean;
  /** How long the name of a room that was destroyed is not free, in days; 0: it is free at once. */
  readonly tombstoneDays: number;
}

// The environment of rooms in tests.

import { PresenceBudget } from "../../src/muc/model/presence-budget.ts";
import type { PublicPages } from "../../src/muc/model/public-pages.ts";
import { RateLimiter } from "../../src/muc/model/rate-limiter.ts";
import { RefusalCounts } from "../../src/muc/model/refusal-counts.ts";
import type { RoomEnvironment } from "../../src/muc/model/room-environment.ts";
import { OPEN_ACCESS } from "../../src/muc/model/service-access.ts";
import { NO_SHARED_BANS } from "../../src/muc/model/shared-bans.ts";
import { publicPages } from "../../src/pages/addresses.ts";

/** Public pages at "https://rooms.example/", with a web client. */
export const PAGES: PublicPages = publicPages(
  { url: "https://rooms.example/", webChatUrl: "https://web.example/#{address}" },
  "chat.example",
);

export type Limits = RoomEnvironment["limits"];

export const LIMITS: Limits = {
  occupantsPerRoom: 100,
  historyLength: 100,
  nicknameLength: 64,
  sessionsPerUser: 20,
  invitationsPerHour: 30,
  archivePage: 200,
  sentStanzaBytes: 500_000,
  strangerCharacters: 0,
  strangerLines: 0,
  strangerMentions: 0,
  strangerBytes: 0,
  raidEntries: 0,
  raidRefusals: 0,
};

type Given = Pick<RoomEnvironment, "now" | "elapsed" | "newId" | "isServiceAdmin">;

/** Returns an environment of the service "chat.example". `limits` are those that differ from `LIMITS`. */
export function roomEnvironment(given: Given, limits: Partial<Limits> = {}): RoomEnvironment {
  return {
    ...given,
    domain: "chat.example",
    access: OPEN_ACCESS,
    invitations: new RateLimiter(3_600_000),
    language: "en",
    abuseContacts: [],
    abuseReports: new RateLimiter(3_600_000),
    presences: new PresenceBudget(),
    refusals: new RefusalCounts(),
    limits: { ...LIMITS, ...limits },
    archive: { maxDays: 0, maxMessagesPerRoom: 0, privateMessages: false, presence: false },
    sharedBans: NO_SHARED_BANS,
    reservedNicknames: { has: () => false },
    fixedOptions: [],
    joinWithoutExtension: false,
    pages: undefined,
    tombstoneDays: 31,
  };
}

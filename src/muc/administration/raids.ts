// Notices raids: more entries of newcomers, or more refusals of strangers, than the room takes for chance.

import { say, type Text } from "../../xmpp/text.ts";
import { RateLimiter } from "../model/rate-limiter.ts";
import { TokenBuckets } from "../model/token-bucket.ts";
import { isStranger } from "../permissions/standing.ts";
import { isLockdownSettled } from "../room/lockdown.ts";
import { countKnownOccupants, isNewcomer } from "../room/newcomers.ts";
import { ownerLimit } from "../room/owner-limit.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import { beginLockdown } from "./lockdown-change.ts";

/** Maximum number of users whose refusals are counted in one room. */
const MOST_USERS = 1_000;
const MINUTE_MS = 60_000;

/** Refusals of one user that count within a minute: a raid is of many. */
const OF_ONE_USER = { perMinute: 5, burst: 5 };

type Sign = "raidEntries" | "raidRefusals";

const SIGNS: Readonly<Record<Sign, { readonly rule: string; readonly why: Text }>> = {
  raidEntries: { rule: "raid-entries", why: say`Many users without affiliation entered within a short time` },
  raidRefusals: { rule: "raid-refusals", why: say`Many users without affiliation sent too much` },
};

/** Newcomers within a minute that are no raid, however few people are inside. */
const FEW_ENTRIES = 20;
/** Number of people below which a room has nobody to protect: a meeting may be about to begin. */
const FEW_PEOPLE = 5;

/** Signs within a minute, by sign and by user. */
const signs = new RoomSlot("raid-signs", () => ({
  ofRoom: new RateLimiter(MINUTE_MS),
  ofUsers: new TokenBuckets(MOST_USERS),
}));

/** Counts an entry of a newcomer, refused or not. */
export function noteEntry(room: Room, account: string): void {
  if (
    room.affiliationOf(account) === "none" &&
    room.occupantsOf(account).length === 0 &&
    isNewcomer(room, account)
  )
    note(room, "raidEntries");
}

/** Counts a refusal of a stranger who has sent too much. */
export function noteRefusal(room: Room, account: string): void {
  if (!isStranger(room, account)) return;
  const now = room.environment.elapsed();
  const { ofUsers } = signs.of(room);
  if (ofUsers.wait(account, OF_ONE_USER, now) > 0) return;
  ofUsers.take(account, OF_ONE_USER, now);
  note(room, "raidRefusals");
}

/** Counts a sign of a raid, and locks the room down when there have been too many within a minute. */
function note(room: Room, sign: Sign): void {
  const { raidAction, lockdownMinutes, membersOnly } = room.config;
  const most = ownerLimit(room, sign);
  const isOff = raidAction === "none" || lockdownMinutes === 0 || most === Number.POSITIVE_INFINITY;
  if (isOff || membersOnly || isLockdownSettled(room)) return;
  const now = room.environment.elapsed();
  const { ofRoom } = signs.of(room);
  ofRoom.take(sign, Number.POSITIVE_INFINITY, now);
  const isRaid =
    !ofRoom.allows(sign, most, now, 0) || (sign === "raidEntries" && outnumbers(room, ofRoom, now, most));
  if (!isRaid) return;
  const until = room.environment.now() + lockdownMinutes * MINUTE_MS;
  beginLockdown(room, { effect: raidAction, until }, { by: undefined, ...SIGNS[sign] });
}

/**
 * Returns true if more newcomers have entered within a minute than there are people in the room who are known there. No more
 * than `most` have entered.
 */
function outnumbers(room: Room, entries: RateLimiter, now: number, most: number): boolean {
  if (entries.allows("raidEntries", FEW_ENTRIES, now, 0)) return false;
  const people = countKnownOccupants(room, most);
  return people >= FEW_PEOPLE && !entries.allows("raidEntries", people, now, 0);
}

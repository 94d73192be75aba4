// The rates of what users do, by kind of action and by whose actions are counted together (docs/moderation.md has the reasons).
import type { Rate } from "./token-bucket.ts";

/** The operator's rates: actions per minute of one user without affiliation in one room; 0 for no limit of that kind. */
export interface ActionRates {
  readonly messagesPerMinute: number;
  /** Messages without text: chat states, receipts and markers. */
  readonly statesPerMinute: number;
  /** Private messages, and messages to the room's own address that are no invitations. */
  readonly privateMessagesPerMinute: number;
  /** Joins, also refused ones, and joins of clients that are inside already. */
  readonly entriesPerMinute: number;
  readonly nicknamesPerMinute: number;
  /** Changes of status. */
  readonly presencePerMinute: number;
  readonly invitationsPerMinute: number;
  /** Requests to occupants, and requests to the room or the service that are none of the kinds below. */
  readonly requestsPerMinute: number;
  readonly archiveQueriesPerMinute: number;
  /** Searches for rooms, and for words in the archive. */
  readonly searchesPerMinute: number;
  readonly discoPerMinute: number;
  /** The rate of all newcomers of one remote domain in all rooms, as a multiple of that of one user; 0 for no limit. */
  readonly domainRateFactor: number;
}

/** Kinds of actions, by the setting of their rate. */
export const ACTION_KINDS = {
  message: "messagesPerMinute",
  state: "statesPerMinute",
  "private-message": "privateMessagesPerMinute",
  entry: "entriesPerMinute",
  nickname: "nicknamesPerMinute",
  presence: "presencePerMinute",
  invitation: "invitationsPerMinute",
  request: "requestsPerMinute",
  archive: "archiveQueriesPerMinute",
  search: "searchesPerMinute",
  disco: "discoPerMinute",
} as const satisfies Record<string, keyof ActionRates>;
export type ActionKind = keyof typeof ACTION_KINDS;

/** Whose actions are counted together. */
export type Scope = "user" | "account" | "strangers" | "newcomers" | "domain";

/**
 * How far a room trusts a user: a moderator may have no affiliation, and "admin" stands for owners and administrators of
 * the service too.
 */
export type Standing = "stranger" | "member" | "moderator" | "admin";

/** The rates of a user with a standing in a room, as a multiple of those of a stranger. */
const STANDING_FACTORS: Readonly<Record<Standing, number>> = {
  stranger: 1,
  member: 10,
  moderator: 30,
  admin: 30,
};

/** The rates of scopes as a multiple of those of one stranger in one room. */
const SCOPE_FACTORS: Readonly<Record<Exclude<Scope, "user" | "domain">, number>> = {
  account: 20,
  strangers: 50,
  newcomers: 5,
};

/** Many may enter a room when a meeting begins. Raids are noticed by other means; few may enter during one. */
const NEWCOMERS_ENTERING = 20;
const NEWCOMERS_ENTERING_IN_LOCKDOWN = 1;

/** A client that enters asks every occupant for a vCard: requests come in larger bursts than their rate. */
const BURSTS: Readonly<Partial<Record<ActionKind, number>>> = { request: 5 };

/** Actions that only their sender hears of. */
const READING: ReadonlySet<ActionKind> = new Set<ActionKind>(["request", "archive", "search", "disco"]);

/** Returns true for actions that others notice: they are counted for a room's strangers together. */
export const reachesOthers = (kind: ActionKind): boolean => !READING.has(kind);

/** Whose action it is, and where. */
export interface ActionPlace {
  readonly standing: Standing;
  /** True if the room is locked down. */
  readonly isLockedDown: boolean;
}

/** Returns the rate of an action; undefined for no limit, as for admins and owners who speak. */
export function rateOf(
  rates: ActionRates,
  kind: ActionKind,
  scope: Scope,
  place: ActionPlace,
): Rate | undefined {
  const { standing } = place;
  if (standing === "admin" && reachesOthers(kind)) return undefined;
  const own = rates[ACTION_KINDS[kind]];
  const perMinute = own * factorOf(rates, kind, scope, place);
  return perMinute === 0 ? undefined : { perMinute, burst: perMinute * (BURSTS[kind] ?? 1) };
}

function factorOf(
  { domainRateFactor }: ActionRates,
  kind: ActionKind,
  scope: Scope,
  { standing, isLockedDown }: ActionPlace,
): number {
  if (scope === "user") return STANDING_FACTORS[standing];
  if (scope === "domain") return domainRateFactor;
  if (scope !== "newcomers" || kind !== "entry") return SCOPE_FACTORS[scope];
  return isLockedDown ? NEWCOMERS_ENTERING_IN_LOCKDOWN : NEWCOMERS_ENTERING;
}

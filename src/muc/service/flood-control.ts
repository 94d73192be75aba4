// Limits how often users act: each in a room and over all rooms, and the strangers of a room and of a domain together.
import { domainOf } from "../../xmpp/jid.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say, type Text } from "../../xmpp/text.ts";
import {
  ACTION_KINDS,
  type ActionKind,
  type ActionRates,
  rateOf,
  reachesOthers,
  type Scope,
} from "../model/action-rates.ts";
import { TokenBuckets } from "../model/token-bucket.ts";
import { standingOf } from "../permissions/standing.ts";
import { lockdownOf } from "../room/lockdown.ts";
import { isNewcomer } from "../room/newcomers.ts";
import type { Room } from "../room/room.ts";
import { actionOf } from "./action-kind.ts";

/** An action beyond a limit. `isOwn`: the sender alone has reached it. */
export interface Excess {
  readonly kind: ActionKind;
  readonly isOwn: boolean;
  readonly refusal: StanzaError;
}

interface FloodOptions {
  /** Undefined for no limits. */
  readonly rates: ActionRates | undefined;
  isServiceAdmin(account: string): boolean;
  /** Returns true for users of the operator's own servers, which have no limit together. */
  isLocal(account: string): boolean;
}

export class FloodControl {
  readonly #options: FloodOptions;
  readonly #own = new TokenBuckets();
  /** Apart from those of single users, as an attacker with many accounts could push them out. */
  readonly #shared = new TokenBuckets();

  constructor(options: FloodOptions) {
    this.#options = options;
  }

  /**
   * Counts a stanza, or returns what to answer if it exceeds a limit. A refused stanza does not count. `room`: the room of
   * its address, if it is in memory; `now` in milliseconds of a monotonic clock.
   */
  refuse(room: Room | undefined, stanza: Stanza, now: number): Excess | undefined {
    const { rates, isServiceAdmin } = this.#options;
    if (!rates || isServiceAdmin(stanza.from.bare)) return undefined;
    const action = actionOf(room, stanza);
    if (!action || rates[ACTION_KINDS[action.kind]] === 0) return undefined;
    const standing = room ? standingOf(room, stanza.from.bare) : "stranger";
    const scopes: readonly Scope[] =
      standing === "stranger" ? this.#scopesOfStranger(room, stanza, action.kind) : ["user"];
    const place = { standing, isLockedDown: room !== undefined && lockdownOf(room) !== undefined };
    const counted = scopes.flatMap((scope) => {
      const rate = rateOf(rates, action.kind, scope, place);
      if (!rate) return [];
      const isOwn = scope === "user" || scope === "account";
      const count = Math.min(action.count, rate.burst);
      const buckets = isOwn ? this.#own : this.#shared;
      return [{ scope, isOwn, rate, count, buckets, key: `${action.kind} ${scope} ${keyOf(scope, stanza)}` }];
    });
    for (const { scope, isOwn, rate, count, buckets, key } of counted) {
      const wait = buckets.wait(key, rate, now, count);
      if (wait > 0) return { kind: action.kind, isOwn, refusal: refusalFor(action.kind, scope, wait) };
    }
    for (const { buckets, key, rate, count } of counted) buckets.take(key, rate, now, count);
    return undefined;
  }

  #scopesOfStranger(room: Room | undefined, { from }: Stanza, kind: ActionKind): Scope[] {
    const isNew = room === undefined || isNewcomer(room, from.bare);
    const together = room !== undefined && reachesOthers(kind);
    return [
      "user",
      "account",
      // Users who were inside for long come back all at once when their server restarts.
      ...(together && kind !== "entry" ? (["strangers"] as const) : []),
      ...(together && isNew ? (["newcomers"] as const) : []),
      ...(isNew && !this.#options.isLocal(from.bare) ? (["domain"] as const) : []),
    ];
  }
}

function keyOf(scope: Scope, { from, to }: Stanza): string {
  switch (scope) {
    case "user":
      return `${from.bare} ${to.bare}`;
    case "account":
      return from.bare;
    case "strangers":
    case "newcomers":
      return to.bare;
    case "domain":
      return domainOf(from.bare);
  }
}

const NAMES: Readonly<Record<ActionKind, Text>> = {
  message: say`messages`,
  state: say`chat states and receipts`,
  "private-message": say`private messages`,
  entry: say`entries`,
  nickname: say`changes of nickname`,
  presence: say`changes of status`,
  invitation: say`invitations`,
  request: say`requests`,
  archive: say`archive queries`,
  search: say`searches`,
  disco: say`discovery requests`,
};

/** `wait` in milliseconds. */
function refusalFor(kind: ActionKind, scope: Scope, wait: number): StanzaError {
  const again = say`Try again in ${Math.ceil(wait / 1000)} seconds`;
  switch (scope) {
    case "user":
      return errors.slowDown(say`Too many ${NAMES[kind]}. ${again}`);
    case "account":
      return errors.slowDown(say`Too many ${NAMES[kind]} in all rooms together. ${again}`);
    case "strangers":
    case "newcomers":
      return errors.resourceConstraint(
        say`Too many ${NAMES[kind]} in this room from users without affiliation. ${again}`,
      );
    case "domain":
      return errors.resourceConstraint(say`Too many ${NAMES[kind]} from users of your server. ${again}`);
  }
}

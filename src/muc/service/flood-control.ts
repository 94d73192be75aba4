// Rate limits of a user's stanzas to a room or to the service. Only that user gets errors.
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { RateLimiter } from "../model/rate-limiter.ts";

/** Maximum stanzas of one user to one room per minute, by kind; 0 for no limit. */
export interface FloodLimits {
  readonly messagesPerMinute: number;
  /** Joins (also refused ones), changes of nickname and changes of status. */
  readonly presencePerMinute: number;
  /** Requests to the room, to its occupants, and to the service. */
  readonly requestsPerMinute: number;
}

export const NO_FLOOD_LIMITS: FloodLimits = {
  messagesPerMinute: 0,
  presencePerMinute: 0,
  requestsPerMinute: 0,
};

const MINUTE = 60_000;

/** Counts and limits users' stanzas. */
export class FloodControl {
  readonly #limits: FloodLimits;
  readonly #messages = new RateLimiter(MINUTE);
  readonly #presence = new RateLimiter(MINUTE);
  readonly #requests = new RateLimiter(MINUTE);

  constructor(limits: FloodLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a stanza, or returns an error if it exceeds the limit. Never refuses unavailable presence, errors and
   * results: they release resources. `now` in milliseconds of a monotonic clock.
   */
  refuse({ kind, type, from, to }: Stanza, now: number): StanzaError | undefined {
    if (type === "error" || type === "result" || type === "unavailable") return undefined;
    const { limiter, limit } = this.#countOf(kind);
    if (limit === 0 || limiter.take(`${from.bare} ${to.bare}`, limit, now)) return undefined;
    const what = kind === "iq" ? "requests" : kind === "message" ? "messages" : "presences";
    return errors.slowDown(`At most ${limit} ${what} per minute are allowed here. Please wait.`);
  }

  #countOf(kind: Stanza["kind"]): { limiter: RateLimiter; limit: number } {
    const { messagesPerMinute, presencePerMinute, requestsPerMinute } = this.#limits;
    if (kind === "message") return { limiter: this.#messages, limit: messagesPerMinute };
    if (kind === "presence") return { limiter: this.#presence, limit: presencePerMinute };
    return { limiter: this.#requests, limit: requestsPerMinute };
  }
}

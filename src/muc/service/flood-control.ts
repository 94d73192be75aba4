// How often a user may send something to a room, or to the service: what is too much is refused to that user alone.
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { RateLimiter } from "../model/rate-limiter.ts";

/** The most stanzas of one user to one room within a minute, by kind; 0 for any number. */
export interface FloodLimits {
  readonly messagesPerMinute: number;
  /** Entries, also refused ones, new nicknames and new states. */
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

/** Counts what users send. */
export class FloodControl {
  readonly #limits: FloodLimits;
  readonly #messages = new RateLimiter(MINUTE);
  readonly #presence = new RateLimiter(MINUTE);
  readonly #requests = new RateLimiter(MINUTE);

  constructor(limits: FloodLimits) {
    this.#limits = limits;
  }

  /**
   * Why a stanza is one too many, which counts it where it is not. Departures, errors and answers are never refused:
   * they end what takes room. `now` in milliseconds of a clock that never goes back.
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

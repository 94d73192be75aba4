// Limits on what clients of the HTTP API do at once and within a minute.
import { TokenBuckets } from "../muc/model/token-bucket.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import { type Answer, problem, tooManyRequests } from "./problem.ts";

/** Requests of one token: enough for a script that goes through all rooms, and far less than what rooms would notice. */
const RATE = { perMinute: 1_200, burst: 100 };

/** Requests that are answered at the same time: of all, and of one token. Their answers may wait for slow readers. */
const MOST_AT_ONCE = 64;
const MOST_OF_TOKEN = 8;

/** Streams of events at the same time: of all, and of one token. */
const MOST_STREAMS = 16;
const MOST_STREAMS_OF_TOKEN = 4;

/** Counts by token and in all. */
class Counter {
  readonly #most: number;
  readonly #mostOfToken: number;
  readonly #byToken = new Map<string, number>();
  total = 0;

  constructor(most: number, mostOfToken: number) {
    this.#most = most;
    this.#mostOfToken = mostOfToken;
  }

  refuse(token: string): Answer | undefined {
    if ((this.#byToken.get(token) ?? 0) >= this.#mostOfToken)
      return tooManyRequests(`A token may have ${this.#mostOfToken} of these requests at a time`, 1);
    if (this.total >= this.#most)
      return problem(errors.resourceConstraint(say`Too many requests are being answered`), {
        headers: { "retry-after": "1" },
      });
    return undefined;
  }

  /** Counts one, until the returned function is called. */
  begin(token: string): () => void {
    this.total += 1;
    this.#byToken.set(token, (this.#byToken.get(token) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.total -= 1;
      const left = (this.#byToken.get(token) ?? 1) - 1;
      if (left === 0) this.#byToken.delete(token);
      else this.#byToken.set(token, left);
    };
  }
}

export type Admission =
  | { readonly kind: "admitted"; readonly end: () => void }
  | { readonly kind: "refused"; readonly answer: Answer };

export class RequestLimits {
  readonly #buckets = new TokenBuckets();
  readonly #requests = new Counter(MOST_AT_ONCE, MOST_OF_TOKEN);
  readonly #streams = new Counter(MOST_STREAMS, MOST_STREAMS_OF_TOKEN);

  /** Requests that are being answered, without streams of events. */
  get active(): number {
    return this.#requests.total;
  }

  /** Admits a request of a token. `isStream`: a stream of events. `now`: milliseconds of a monotonic clock. */
  admit(token: string, now: number, isStream = false): Admission {
    const wait = this.#buckets.wait(token, RATE, now);
    if (wait > 0)
      return { kind: "refused", answer: tooManyRequests("This token sends too many requests", wait / 1000) };
    this.#buckets.take(token, RATE, now);
    const counter = isStream ? this.#streams : this.#requests;
    const answer = counter.refuse(token);
    return answer ? { kind: "refused", answer } : { kind: "admitted", end: counter.begin(token) };
  }
}

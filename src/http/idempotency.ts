// The header Idempotency-Key: a request that is repeated, because its answer was lost, is not carried out twice
// (draft-ietf-httpapi-idempotency-key-header).
import { createHash } from "node:crypto";
import type { Token } from "../operations/tokens/token-keeper.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import type { HttpService } from "./http-service.ts";
import { type Answer, JSON_TYPE, PROBLEM_TYPE, problem } from "./problem.ts";

type RequestTable = HttpService["store"];

/** How long an answer is kept, and how many of each token. */
const KEPT_MS = 86_400_000;
const MOST_KEPT = 10_000;
/** Longest answer that is kept, in bytes. Those of operations that change something are far shorter. */
const LONGEST_ANSWER = 16_384;
/** Requests between two removals of old ones. */
const TRIMMED_EVERY = 100;

const KEY = /^[\x21-\x7e]{1,255}$/;

const BAD_KEY = problem(
  errors.badRequest(say`Idempotency-Key: expected 1 to 255 characters of ASCII without spaces`),
);
const OTHER_REQUEST = problem(errors.notAcceptable(say`This Idempotency-Key was used for another request`));
const NO_ANSWER = problem(
  errors.conflict(
    say`The first request with this Idempotency-Key is under way, or its outcome is not known: see whether it has changed anything`,
  ),
);

export class RepeatedRequests {
  readonly #now: () => number;
  #begun = 0;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Carries out a request with a key, unless it was begun before: then its first answer is returned, or the reason why there is
   * none. `what`: all that makes a request another one. Answers that say that nothing was done are not kept. Rejects with
   * `StorageError`; then nothing was done, or the answer could not be kept.
   */
  async once(
    table: RequestTable,
    { id: token }: Token,
    key: string,
    what: unknown,
    carryOut: () => Promise<Answer>,
  ): Promise<Answer> {
    if (!KEY.test(key)) return BAD_KEY;
    const request = createHash("sha256").update(JSON.stringify(what)).digest("hex");
    const place = { token, key };
    this.#begun += 1;
    if (this.#begun % TRIMMED_EVERY === 1) await this.trim(table);
    const earlier = await table.beginApiRequest(place, request, this.#now());
    if (earlier && earlier.request !== request) return OTHER_REQUEST;
    if (earlier) return earlier.answer ? again(earlier.answer) : NO_ANSWER;
    const answer = await carryOut();
    if (answer.status === 503) await table.forgetApiRequest(place);
    else if (Buffer.byteLength(answer.body) <= LONGEST_ANSWER) await table.answerApiRequest(place, answer);
    return answer;
  }

  /** Forgets what need not be kept any more. Rejects with `StorageError`. */
  async trim(table: RequestTable): Promise<void> {
    await table.trimApiRequests(this.#now() - KEPT_MS, MOST_KEPT);
  }
}

const again = ({ status, body }: Pick<Answer, "status" | "body">): Answer => ({
  ...{ status, body, type: status < 400 ? JSON_TYPE : PROBLEM_TYPE },
  headers: { "idempotency-replayed": "true" },
});

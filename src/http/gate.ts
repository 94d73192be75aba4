// Lets requests with a token through: what is asked before anything but the headers is read.
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Scope } from "../operations/scope.ts";
import type { Token } from "../operations/tokens/token-keeper.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import { findBearer, refuseScope } from "./authorization.ts";
import type { HttpParts, HttpService } from "./http-service.ts";
import { type Answer, problem } from "./problem.ts";
import type { RequestLimits } from "./request-limits.ts";

const STARTING = problem(errors.serviceUnavailable(say`This process does not serve yet`), {
  headers: { "retry-after": "5" },
});

/** Milliseconds that a refusal waits which a broken client would meet again and again, as fast as it can. */
const REFUSED_AFTER = 100;

const later = (answer: Answer): Promise<Answer> =>
  new Promise((resolve) => void setTimeout(resolve, REFUSED_AFTER, answer));

/** A request that was admitted. */
export interface Admitted {
  readonly token: Token;
  readonly secret: string;
  readonly service: HttpService;
}

interface Needs {
  readonly scope: Scope;
  /** A stream of events, which stays open. */
  readonly isStream?: boolean;
}

export class Gate {
  readonly #parts: HttpParts;
  readonly #limits: RequestLimits;
  readonly #admitted = new WeakMap<FastifyRequest, Admitted>();

  constructor(parts: HttpParts, limits: RequestLimits) {
    this.#parts = parts;
    this.#limits = limits;
  }

  /** Lets a request through to its handler, or returns its refusal. Rejects with `StorageError`. */
  async admit(
    request: FastifyRequest,
    { raw }: FastifyReply,
    { scope, isStream = false }: Needs,
  ): Promise<Answer | undefined> {
    const service = this.#parts.service();
    if (!service) return STARTING;
    const bearer = await findBearer(request.headers.authorization, service.tokens);
    if (bearer.kind === "refused") {
      if (request.headers.authorization === undefined) return bearer.answer;
      this.#parts.wrongToken(request.ip);
      return later(bearer.answer);
    }
    const { token, secret } = bearer;
    const admission = this.#limits.admit(token.id, performance.now(), isStream);
    if (admission.kind === "refused") return later(admission.answer);
    raw.once("close", admission.end);
    if (raw.destroyed) admission.end();
    this.#admitted.set(request, { token, secret, service });
    return refuseScope(token, scope);
  }

  /** Returns who sent a request that was admitted. */
  callerOf(request: FastifyRequest): Admitted {
    const caller = this.#admitted.get(request);
    if (!caller) throw new Error("the request was not admitted");
    return caller;
  }
}

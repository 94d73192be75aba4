// Errors as problem details (RFC 9457). The condition is that of the stanza error (RFC 6120 section 8.3.3).
import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";
import { cutText } from "../xmpp/escape.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { inEnglish, verbatim } from "../xmpp/text.ts";

export const JSON_TYPE = "application/json; charset=utf-8";
export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

const STATUS: Readonly<Record<string, number>> = {
  "bad-request": 400,
  "jid-malformed": 400,
  "not-authorized": 401,
  forbidden: 403,
  "not-allowed": 403,
  "registration-required": 403,
  "item-not-found": 404,
  conflict: 409,
  gone: 410,
  "not-acceptable": 422,
  "policy-violation": 422,
  "internal-server-error": 500,
  "feature-not-implemented": 501,
  "recipient-unavailable": 503,
  "resource-constraint": 503,
  "service-unavailable": 503,
  "remote-server-timeout": 504,
};

/** Longest detail in bytes: it may quote the request. */
const LONGEST_DETAIL = 2_048;

/** An answer that is written as a whole. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns the HTTP status of a condition. */
export const statusOf = (condition: string): number => STATUS[condition] ?? 500;

/** Makes the answer to a refused request. `status`: another one than that of the condition. */
export function problem(
  { condition, text }: StanzaError,
  { status = statusOf(condition), headers = {} }: Partial<Pick<Answer, "status" | "headers">> = {},
): Answer {
  const title = STATUS_CODES[status] ?? "Error";
  const detail = text === undefined ? {} : { detail: cutText(inEnglish(text), LONGEST_DETAIL) };
  return {
    status,
    type: PROBLEM_TYPE,
    body: JSON.stringify({ type: "about:blank", title, status, ...detail, condition }),
    headers,
  };
}

export const tooManyRequests = (text: string, seconds: number): Answer =>
  problem(errors.policyViolation(verbatim(text)), {
    status: 429,
    headers: { "retry-after": String(Math.max(1, Math.ceil(seconds))) },
  });

export function writeAnswer(reply: FastifyReply, { status, type, body, headers = {} }: Answer): FastifyReply {
  return reply
    .code(status)
    .headers({ "content-type": type, ...headers })
    .send(body);
}

/** Makes the answer to a request that cannot be read, by its status. */
export function requestProblem(status: number, text: string | undefined): Answer {
  const error = status === 413 ? errors.policyViolation : errors.badRequest;
  return problem(error(text === undefined ? undefined : verbatim(text)), {
    status,
    headers: { connection: "close" },
  });
}

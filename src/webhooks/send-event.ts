// One request to a webhook. Addresses in private networks are allowed: webhooks are the operator's own.
import { createHmac } from "node:crypto";

/** Bytes of an answer that are read, and milliseconds for them after its head: only the status counts. */
const ANSWER_BYTES = 65_536;
const ANSWER_MS = 2_000;

export interface EventRequest {
  readonly url: string;
  readonly secret: string;
  readonly event: string;
  readonly body: string;
  /** The program and its version. */
  readonly agent: string;
  readonly timeoutMs: number;
  /** Ends the request. */
  readonly signal: AbortSignal;
}

export type SendOutcome =
  | { readonly kind: "delivered" }
  /** `isRefusal`: the receiver answered that it does not take this event. */
  | { readonly kind: "failed"; readonly problem: string; readonly isRefusal: boolean };

/** Answers that ask to try again later. */
const LATER = [408, 425, 429];

/** Signs a body at a time (seconds since 1970). */
export function signatureOf(secret: string, seconds: number, body: string): string {
  const digest = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${digest}`;
}

/** Sends an event. Never rejects. A status of 2xx takes it; redirects are not followed. */
export async function sendEvent(request: EventRequest): Promise<SendOutcome> {
  const { url, secret, event, body, agent, timeoutMs, signal } = request;
  const seconds = Math.floor(Date.now() / 1000);
  const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "user-agent": agent,
        "verona-event": event,
        "verona-signature": signatureOf(secret, seconds, body),
      },
      body,
      signal: ending,
    });
    await readAnswer(response);
    const { status } = response;
    if (response.ok) return { kind: "delivered" };
    const isRefusal = status < 500 && !LATER.includes(status);
    const problem =
      status >= 300 && status < 400 ? `status ${status}: redirects are not followed` : `status ${status}`;
    return { kind: "failed", problem, isRefusal };
  } catch (error) {
    return { kind: "failed", problem: problemOf(error, timeoutMs), isRefusal: false };
  }
}

/** Reads the answer, so that the connection can be used again, or gives up. */
async function readAnswer({ body }: Response): Promise<void> {
  if (!body) return;
  const reader = body.getReader();
  const late = setTimeout(() => void reader.cancel().catch(() => {}), ANSWER_MS);
  try {
    for (let bytes = 0; bytes <= ANSWER_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.byteLength;
    }
    await reader.cancel();
  } catch {
    // The status was received.
  } finally {
    clearTimeout(late);
  }
}

function problemOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} seconds`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}

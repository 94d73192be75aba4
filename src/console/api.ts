// Requests to the HTTP API, with the token of the session.

/** A refusal of the API, or a fault on the way to it. */
export class Refusal extends Error {
  override name = "Refusal";
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

export interface Call {
  readonly method: string;
  /** Path with its parameters, such as "/v1/rooms/coven". */
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Bytes of an answer that are shown; an export may have more. */
const MOST_SHOWN = 2_000_000;
/** Milliseconds after which a request is given up. */
const TIMEOUT_MS = 60_000;

export class Api {
  readonly #token: string;
  readonly #refused: () => void;

  /** `refused`: called when the token is no longer valid. */
  constructor(token: string, refused: () => void) {
    this.#token = token;
    this.#refused = refused;
  }

  /** Sends a request. Rejects with `Refusal`. */
  async send({ method, path, query, body, signal }: Call): Promise<Response> {
    const search = query === undefined || query.size === 0 ? "" : `?${query}`;
    let response: Response;
    try {
      response = await fetch(`..${path}${search}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: signal ?? AbortSignal.timeout(TIMEOUT_MS),
        cache: "no-store",
        credentials: "omit",
      });
    } catch {
      throw new Refusal(0, "The service does not answer.");
    }
    if (response.ok) return response;
    if (response.status === 401) this.#refused();
    throw new Refusal(response.status, await detailOf(response));
  }

  /**
   * Reads an answer. Its type is what docs/openapi.json says: the service that answers is the one that served this file.
   * Rejects with `Refusal`.
   */
  async get<T>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): Promise<T> {
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const response = await this.send({ method: "GET", path, query: new URLSearchParams(given) });
    return response.json();
  }

  /** Sends a request; returns the text of its answer, or the beginning of a long one. Rejects with `Refusal`. */
  async text(call: Call): Promise<string> {
    const response = await this.send(call);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value } = (await reader?.read()) ?? {};
      if (value === undefined) return text;
      text += value;
      if (text.length < MOST_SHOWN) continue;
      await reader?.cancel();
      return `${text.slice(0, MOST_SHOWN)}\n… The answer is longer. The command line shows all of it.`;
    }
  }
}

async function detailOf(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => undefined);
  if (typeof problem === "object" && problem !== null) {
    if ("detail" in problem && typeof problem.detail === "string") return problem.detail;
    if ("title" in problem && typeof problem.title === "string") return problem.title;
  }
  return `The service answered with status ${response.status}.`;
}

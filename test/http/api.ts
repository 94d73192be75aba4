// The HTTP API on a free port, with the service of the operations' tests behind it.
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import type { HttpParts, HttpService } from "../../src/http/http-service.ts";
import { openHttp } from "../../src/http/server.ts";
import type { HttpListener } from "../../src/http-listener.ts";
import type { OperationRunner } from "../../src/operations/run-operation.ts";
import type { Scope } from "../../src/operations/scope.ts";
import { parseJid } from "../../src/xmpp/jid.ts";
import { DOMAIN, OperationHarness } from "../operations/harness.ts";

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

interface AskOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Operations that are not carried out. */
export const stubOperations = (run: OperationRunner["run"]): HttpService["operations"] => ({
  operator: (name) => ({ jid: OPERATOR ?? expect.fail("no address"), name }),
  run,
});
const OPERATOR = parseJid("chat.example/operator");

const withSecret = z.object({ secret: z.string() });

export class Api {
  readonly harness: OperationHarness;
  readonly port: number;
  readonly faults: readonly unknown[];
  /** Addresses of clients with wrong tokens. */
  readonly wrong: readonly string[];
  readonly close: () => Promise<void>;

  private constructor(
    harness: OperationHarness,
    listener: HttpListener,
    { faults, wrong }: Pick<Api, "faults" | "wrong">,
  ) {
    this.harness = harness;
    this.port = listener.port;
    this.close = () => listener.close();
    this.faults = faults;
    this.wrong = wrong;
  }

  /** Opens the API until the test ends. */
  static async open(...parts: Parameters<typeof Api.openForLong>): Promise<Api> {
    const api = await Api.openForLong(...parts);
    onTestFinished(() => api.close());
    return api;
  }

  /** Opens the API until it is closed. */
  static async openForLong(
    parts: Partial<HttpService> = {},
    more: Partial<HttpParts> = {},
    harness = new OperationHarness(),
  ): Promise<Api> {
    const service: HttpService = {
      ...{ domain: DOMAIN, operations: harness.runner, tokens: harness.tokens },
      ...{ store: harness.store, events: harness.events, whenStored: async () => {} },
      ...parts,
    };
    const faults: unknown[] = [];
    const wrong: string[] = [];
    const listener = await openHttp(
      { host: "127.0.0.1", port: 0 },
      {
        version: "1.2.3",
        state: () => "serving",
        service: () => service,
        wrongToken: (from) => void wrong.push(from),
        faulted: (error) => void faults.push(error),
        ...more,
      },
    );
    return new Api(harness, listener, { faults, wrong });
  }

  /** Makes a token; returns its secret. */
  async token(scope: Scope, rooms?: readonly string[], name: string = scope): Promise<string> {
    const made = await this.harness.result("token.create", { token: name, scope, ...(rooms && { rooms }) });
    return withSecret.parse(made).secret;
  }

  fetch(address: string, { token, body, headers = {} }: AskOptions = {}): Promise<Response> {
    const [method = "", path = ""] = address.split(" ");
    return fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  /** Sends a request such as "GET /v1/status". */
  async ask(address: string, options: AskOptions = {}): Promise<Asked> {
    const response = await this.fetch(address, options);
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== "" ? JSON.parse(text) : text,
    };
  }

  /** Sends a request that must be refused; returns the status and the condition. */
  async refusal(address: string, options: AskOptions = {}): Promise<[number, string]> {
    const { status, headers, body } = await this.ask(address, options);
    expect(headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    const problem = z
      .strictObject({
        ...{ type: z.literal("about:blank"), title: z.string(), status: z.literal(status) },
        ...{ detail: z.string(), condition: z.string() },
      })
      .parse(body);
    return [status, problem.condition];
  }
}

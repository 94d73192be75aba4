// The HTTP API: a listener with a route for each operation.
import { Readable } from "node:stream";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type HttpListener, listen } from "../http-listener.ts";
import { StorageError } from "../storage/store.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import { addBotMessages } from "./bot-messages.ts";
import { callOperation } from "./call-operation.ts";
import { refuseConnection } from "./client-error.ts";
import { addConsole } from "./console.ts";
import { addEventStream, EVENTS_PATH } from "./event-stream.ts";
import { Gate } from "./gate.ts";
import { addHealth } from "./health.ts";
import type { HttpParts, HttpSetting } from "./http-service.ts";
import { RepeatedRequests } from "./idempotency.ts";
import { openApi } from "./open-api.ts";
import { addOwnToken, TOKEN_PATH } from "./own-token.ts";
import { type Answer, JSON_TYPE, problem, requestProblem, writeAnswer } from "./problem.ts";
import { RequestLimits } from "./request-limits.ts";
import { METHODS, type Method, PREFIX, type Route, routes } from "./route.ts";

/** Largest body in bytes. It is read by a thread that rooms share: parsing it takes some ten milliseconds. */
const LARGEST_BODY = 1_048_576;
/** Milliseconds in which the headers, and the whole request, must arrive, and after which a silent connection is closed. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
const IDLE_TIMEOUT = 60_000;
const KEEP_ALIVE_TIMEOUT = 5_000;
/** Connections at the same time, with and without a token. */
const MOST_CONNECTIONS = 512;
/** Longest parameter in a path: an address in percent encoding. */
const LONGEST_PARAMETER = 10_000;
/** Milliseconds between two removals of old answers. */
const TRIM_MS = 3_600_000;

const STORE_AWAY = problem(errors.serviceUnavailable(say`The store does not answer`), {
  headers: { "retry-after": "5" },
});
const FAILED = problem(errors.internalServerError(say`The request failed. The log of the service says why`));
const NO_PATH = problem(errors.itemNotFound(say`There is nothing at this address`));

/** Opens the listener. Rejects if it cannot listen on that address. Port 0 means any free port. */
export async function openHttp(
  { console: hasConsole = false, ...setting }: HttpSetting,
  parts: HttpParts,
): Promise<HttpListener> {
  const limits = new RequestLimits();
  const repeated = new RepeatedRequests();
  const app = createApp(parts, limits, repeated);
  // Its files are read only where it is served.
  if (hasConsole) addConsole(app);
  const listener = await listen(app, setting, limits);
  const trimming = setInterval(() => {
    const service = parts.service();
    // The next request with a key tries it again.
    if (service) repeated.trim(service.store).catch(() => {});
  }, TRIM_MS).unref();
  return {
    port: listener.port,
    close() {
      clearInterval(trimming);
      return listener.close();
    },
  };
}

function createApp(parts: HttpParts, limits: RequestLimits, repeated: RepeatedRequests): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: LARGEST_BODY,
    requestTimeout: REQUEST_TIMEOUT,
    connectionTimeout: IDLE_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    http: { headersTimeout: HEADERS_TIMEOUT, connectionsCheckingInterval: 1_000 },
    frameworkErrors: (error, _request, reply) =>
      void writeAnswer(reply, requestProblem(error.statusCode ?? 400, error.message)),
    clientErrorHandler: refuseConnection,
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.removeContentTypeParser("text/plain");
  const known = routes();
  const gate = new Gate(parts, limits);

  app.addHook("onRequest", async (request, reply) => {
    reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
    if (request.is404) return writeAnswer(reply, notFound(request, known));
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode < 500) return writeAnswer(reply, requestProblem(statusCode, error.message));
    parts.faulted(error, "a request of the HTTP API failed");
    return writeAnswer(reply, error instanceof StorageError ? STORE_AWAY : FAILED);
  });

  for (const route of known) {
    app.route({
      method: route.method,
      url: `${PREFIX}${route.path.replace(/\{(\w+)\}/g, ":$1")}`,
      onRequest: async (request, reply) => {
        const answer = await gate.admit(request, reply, route.operation);
        return answer && writeAnswer(reply, answer);
      },
      handler: async (request, reply) => {
        const caller = gate.callerOf(request);
        const key = request.headers["idempotency-key"];
        const { params, query, body } = request;
        const call = { token: caller.token, key: key?.toString(), params, query, body };
        const answer = await callOperation(caller.service, route, call, repeated);
        return "lines" in answer ? writeLines(reply, answer.lines) : writeAnswer(reply, answer);
      },
    });
  }
  addEventStream(app, PREFIX, gate);
  addOwnToken(app, PREFIX, gate);
  addBotMessages(app, PREFIX, parts, limits);
  addHealth(app, parts);
  // The description is the same as in the package, and needs no token.
  const description = JSON.stringify(openApi(parts.version, known));
  app.get("/openapi.json", (_request, reply) =>
    writeAnswer(reply, { status: 200, type: JSON_TYPE, body: description }),
  );
  return app;
}

/** Answers a request to an unknown address, or with a method that the address does not have. */
function notFound({ url }: FastifyRequest, known: readonly Route[]): Answer {
  const [path = ""] = url.split("?", 1);
  if (path === `${PREFIX}${EVENTS_PATH}` || path === `${PREFIX}${TOKEN_PATH}`) return otherMethods(["GET"]);
  const allowed = METHODS.filter((method) =>
    known.some(
      (route) =>
        route.method === method &&
        new RegExp(`^${PREFIX}${route.path.replace(/\{\w+\}/g, "[^/]+")}$`).test(path),
    ),
  );
  return allowed.length === 0 ? NO_PATH : otherMethods(allowed);
}

const otherMethods = (allowed: readonly Method[]): Answer =>
  problem(errors.notAllowed(say`This address has other methods`), {
    status: 405,
    headers: { allow: allowed.join(", ") },
  });

/** Writes lines as fast as the client reads them. A fault ends the connection within the answer, so that the client notices. */
function writeLines(reply: FastifyReply, lines: AsyncIterable<unknown>): FastifyReply {
  async function* texts(): AsyncGenerator<string> {
    for await (const line of lines) yield `${JSON.stringify(line)}\n`;
  }
  return reply
    .code(200)
    .header("content-type", "application/x-ndjson; charset=utf-8")
    .send(Readable.from(texts(), { objectMode: true, highWaterMark: 1 }));
}

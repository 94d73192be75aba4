// Events of rooms as Server-Sent Events (HTML Living Standard, section 9.2).
import type { ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import type { EventFilter } from "../events/event-source.ts";
import type { RoomEvent } from "../events/room-event.ts";
import { readFilter } from "./event-filter.ts";
import type { Admitted, Gate } from "./gate.ts";
import { writeAnswer } from "./problem.ts";

/** Bytes that may wait for a reader. A room that ends tells of all its occupants at once. */
const MOST_WAITING = 4_194_304;
/** Milliseconds between comments that keep the connection open, and between looks whether the token is still valid. */
const HEARTBEAT_MS = 15_000;
const TOKEN_CHECK_MS = 5_000;
/** Milliseconds after which a browser connects again. */
const RETRY_MS = 3_000;

export const EVENTS_PATH = "/events";

/** Adds the stream of events below the prefix. */
export function addEventStream(app: FastifyInstance, prefix: string, gate: Gate): void {
  app.get(`${prefix}${EVENTS_PATH}`, {
    onRequest: async (request, reply) => {
      const answer = await gate.admit(request, reply, { scope: "read", isStream: true });
      return answer && writeAnswer(reply, answer);
    },
    handler: (request, reply) => {
      const caller = gate.callerOf(request);
      const read = readFilter(request.query, caller.token, caller.service.domain);
      if (read.kind === "refused") return writeAnswer(reply, read.answer);
      const last = request.headers["last-event-id"];
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value);
      reply.hijack();
      stream(reply.raw, read.filter, caller, typeof last === "string" ? last : undefined);
      return reply;
    },
  });
}

function stream(
  response: ServerResponse,
  filter: EventFilter,
  { service: { events, tokens }, secret }: Admitted,
  last: string | undefined,
): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  const write = (text: string): void => {
    if (response.writableLength > MOST_WAITING) response.destroy();
    else response.write(text);
  };
  write(`retry: ${RETRY_MS}\n\n${last === undefined ? "" : missedAfter(last)}`);
  const cancel = events.subscribe(filter, (event) => write(eventText(event)));
  const heartbeat = setInterval(() => write(": still here\n\n"), HEARTBEAT_MS);
  const check = setInterval(() => {
    // While the tokens cannot be read, nobody can revoke one.
    tokens.find(secret).then(
      (token) => token ?? response.end(),
      () => {},
    );
  }, TOKEN_CHECK_MS);
  const end = (): void => {
    cancel();
    clearInterval(heartbeat);
    clearInterval(check);
  };
  response.once("close", end);
  if (response.destroyed) end();
}

const eventText = (event: RoomEvent): string =>
  `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;

/** Tells a client that comes back that events are not repeated. */
const missedAfter = (id: string): string =>
  `event: missed\ndata: ${JSON.stringify({ after: id.slice(0, 100) })}\n\n`;

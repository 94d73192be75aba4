// The description of the HTTP API (OpenAPI 3.1), made of the declarations of the operations.
import { STATUS_CODES } from "node:http";
import { z } from "zod";
import { roomEvent } from "../events/room-event.ts";
import { COMMON_REFUSALS } from "../operations/operation.ts";
import { eventQuery } from "./event-filter.ts";
import { EVENTS_PATH } from "./event-stream.ts";
import { ownToken, TOKEN_PATH } from "./own-token.ts";
import { statusOf } from "./problem.ts";
import { PREFIX, type Route, routes } from "./route.ts";

type Json = Readonly<Record<string, unknown>>;

/** Statuses that every request with a token may get beside those of its operation. */
const COMMON_STATUSES = [401, 403, 429, 503];
const WITH_BODY = [413, 415];

const problemSchema = z.strictObject({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  detail: z.string().exactOptional(),
  condition: z.string().meta({ description: "Condition of the stanza error (RFC 6120)" }),
});

const healthSchema = z.strictObject({
  state: z.string().meta({ description: "serving, or why the process does not serve" }),
});

const EVENTS: Json = {
  operationId: "events",
  tags: ["events"],
  summary: "Tells of events of the rooms that this process serves, as they happen (Server-Sent Events)",
  description: "Needs the scope read; for the kinds report and act the scope moderate.",
  parameters: Object.entries(eventQuery.shape).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema, "input");
    return { name, in: "query", required: false, description, schema: rest };
  }),
  responses: {
    200: {
      description: "Events: id, kind as the name of the event, and data of this form",
      content: { "text/event-stream": { schema: schemaOf(roomEvent, "output") } },
    },
    ...Object.fromEntries([400, 401, 403, 404, 429, 500, 503].map((status) => [status, problemOf(status)])),
  },
};

const OWN_TOKEN: Json = {
  operationId: "own-token",
  tags: ["token"],
  summary: "Shows the token that the request has: its scope, its rooms and when it expires",
  description: "Needs the scope read.",
  responses: {
    200: {
      description: "The token",
      content: { "application/json": { schema: schemaOf(ownToken, "output") } },
    },
    ...Object.fromEntries([401, 429, 500, 503].map((status) => [status, problemOf(status)])),
  },
};

/** Returns the description of a version of the program. */
export function openApi(version: string, known: readonly Route[] = routes()): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of known) {
    const path = `${PREFIX}${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "HTTP API of Verona", version, description: "See docs/http-api.md." },
    security: [{ token: [] }],
    paths: {
      ...paths,
      [`${PREFIX}${EVENTS_PATH}`]: { get: EVENTS },
      [`${PREFIX}${TOKEN_PATH}`]: { get: OWN_TOKEN },
      "/livez": { get: healthOf("Tells that the process runs", []) },
      "/readyz": { get: healthOf("Tells whether the process serves", [503]) },
    },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: { Problem: schemaOf(problemSchema, "output") },
    },
  };
}

function operationOf(route: Route): Json {
  const { operation, inPath, others, hasBody } = route;
  const { name, summary, scope, isStream, effect } = operation;
  const { properties = {}, required = [], ...rest } = schemaOf(operation.params, "input");
  const schemas = new Map(Object.entries(Object(properties)));
  const isNeeded = (parameter: string): boolean => Array.isArray(required) && required.includes(parameter);
  const parameterOf = (parameter: string, place: "path" | "query"): Json => {
    const { description, ...schema } = Object(schemas.get(parameter));
    return {
      ...{ name: parameter, in: place, required: place === "path" || isNeeded(parameter) },
      ...(description !== undefined && { description }),
      schema,
    };
  };
  const body = {
    ...rest,
    properties: Object.fromEntries([...schemas].filter(([key]) => others.some((one) => one.name === key))),
    required: others.map((one) => one.name).filter(isNeeded),
  };
  const key = {
    ...{ name: "Idempotency-Key", in: "header", required: false },
    ...{ schema: { type: "string", maxLength: 255 } },
    description: "The request is carried out once, however often it is sent with this key",
  };
  return {
    operationId: name,
    tags: [name.split(".", 1)[0]],
    summary,
    description: `Needs the scope ${scope}.`,
    "x-scope": scope,
    "x-effect": effect,
    parameters: [
      ...inPath.map((one) => parameterOf(one.name, "path")),
      ...(hasBody ? [] : others.map((one) => parameterOf(one.name, "query"))),
      ...(effect === "reads" || isStream ? [] : [key]),
    ],
    ...(hasBody && {
      requestBody: {
        required: body.required.length > 0,
        content: { "application/json": { schema: body } },
      },
    }),
    responses: {
      200: {
        description: isStream ? "A sequence of lines, each of which is of this form" : "The result",
        content: {
          [isStream ? "application/x-ndjson" : "application/json"]: {
            schema: schemaOf(operation.result, "output"),
          },
        },
      },
      ...Object.fromEntries(statusesOf(route).map((status) => [status, problemOf(status)])),
    },
  };
}

/** Returns the statuses of problems that a request may get. */
function statusesOf({ operation, hasBody }: Route): number[] {
  const { refusals, effect, isStream } = operation;
  const repeatable = effect === "reads" || isStream ? [] : [409, 422];
  const conditions = [...refusals, ...COMMON_REFUSALS].map(statusOf);
  const all = [...conditions, ...COMMON_STATUSES, ...repeatable, ...(hasBody ? WITH_BODY : [])];
  return [...new Set(all)].toSorted((a, b) => a - b);
}

function problemOf(status: number): Json {
  return {
    description: STATUS_CODES[status] ?? "Error",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

function healthOf(summary: string, others: readonly number[]): Json {
  const content = { "application/json": { schema: schemaOf(healthSchema, "output") } };
  const answers = [200, ...others].map((status) => [status, { description: STATUS_CODES[status], content }]);
  return { summary, security: [], responses: Object.fromEntries(answers) };
}

/** Returns the JSON Schema of a schema. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return rest;
}

// What a client may know of its own token: what it may call, and for how long.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { SCOPES } from "../operations/scope.ts";
import type { Gate } from "./gate.ts";
import { JSON_TYPE, writeAnswer } from "./problem.ts";

export const TOKEN_PATH = "/token";

export const ownToken = z.strictObject({
  token: z.string().meta({ description: "Name of the token" }),
  scope: z.enum(SCOPES),
  domain: z.string().meta({ description: "Domain of the service" }),
  rooms: z
    .array(z.string())
    .exactOptional()
    .meta({ description: "Addresses of the only rooms that the token is for" }),
  expires: z.iso.datetime().exactOptional(),
});

/** Adds the address at which clients learn about their token. */
export function addOwnToken(app: FastifyInstance, prefix: string, gate: Gate): void {
  app.get(`${prefix}${TOKEN_PATH}`, {
    onRequest: async (request, reply) => {
      const answer = await gate.admit(request, reply, { scope: "read" });
      return answer && writeAnswer(reply, answer);
    },
    handler: (request, reply) => {
      const { token, service } = gate.callerOf(request);
      const { name, scope, rooms, expires } = token;
      const { domain } = service;
      const facts: z.input<typeof ownToken> = {
        ...{ token: name, scope, domain },
        ...(rooms && { rooms: rooms.map((node) => `${node}@${domain}`) }),
        ...(expires !== undefined && { expires: new Date(expires).toISOString() }),
      };
      return writeAnswer(reply, { status: 200, type: JSON_TYPE, body: JSON.stringify(facts) });
    },
  });
}

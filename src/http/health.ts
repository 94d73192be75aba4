// Whether the process lives and serves, for supervisors and load balancers. Without a token.
import type { FastifyInstance } from "fastify";
import type { HttpParts } from "./http-service.ts";

/** Milliseconds after which a store that has not answered counts as away. */
const STORED_WITHIN = 2_000;

/** Adds `/livez` and `/readyz`: 200, or 503 with the state of a process that does not serve. */
export function addHealth(app: FastifyInstance, parts: HttpParts): void {
  // All who ask at the same time get one answer.
  let asking: Promise<string> | undefined;
  const ask = (): Promise<string> => {
    asking ??= stateOf(parts).finally(() => {
      asking = undefined;
    });
    return asking;
  };
  const method = ["GET", "HEAD"];
  app.route({ method, url: "/livez", handler: (_request, reply) => reply.send({ state: "live" }) });
  app.route({
    ...{ method, url: "/readyz" },
    handler: async (_request, reply) => {
      const state = await ask();
      return reply.code(state === "serving" ? 200 : 503).send({ state });
    },
  });
}

async function stateOf({ state, service }: HttpParts): Promise<string> {
  const now = state();
  const present = service();
  if (now !== "serving") return now;
  if (!present) return "starting";
  const { promise, resolve } = Promise.withResolvers<string>();
  const timeout = setTimeout(() => resolve("store-away"), STORED_WITHIN);
  present.whenStored().then(
    () => resolve("serving"),
    () => resolve("store-away"),
  );
  return promise.finally(() => clearTimeout(timeout));
}

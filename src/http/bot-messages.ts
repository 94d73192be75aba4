// Messages of bots: each bot has an address of its own, which is all that it needs to know.
import type { FastifyInstance } from "fastify";
import { readBotToken } from "../operations/bots/bot-token.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { inEnglish, say } from "../xmpp/text.ts";
import type { HttpParts } from "./http-service.ts";
import { type Answer, JSON_TYPE, problem, tooManyRequests, writeAnswer } from "./problem.ts";
import type { RequestLimits } from "./request-limits.ts";

/** Largest body in bytes. */
const LARGEST_BODY = 131_072;

const STARTING = problem(errors.serviceUnavailable(say`This process does not serve yet`), {
  headers: { "retry-after": "5" },
});
/** The same for a room that does not exist, so that nobody learns which rooms do. */
const NO_BOT = problem(errors.itemNotFound(say`There is no bot of this address`));

/** Adds the addresses of bots below the prefix. They need no token. */
export function addBotMessages(
  app: FastifyInstance,
  prefix: string,
  parts: HttpParts,
  limits: RequestLimits,
): void {
  app.post<{ Params: { bot: string } }>(`${prefix}/bots/:bot/messages`, {
    bodyLimit: LARGEST_BODY,
    onRequest: async (request, reply) => {
      const admission = limits.admit(`bots from ${request.ip}`, performance.now(), false);
      if (admission.kind === "refused") return writeAnswer(reply, admission.answer);
      reply.raw.once("close", admission.end);
      if (reply.raw.destroyed) admission.end();
      return undefined;
    },
    handler: async (request, reply) => {
      const answer = await answerMessage(parts, request.params.bot, request.body, () =>
        parts.wrongToken(request.ip),
      );
      return writeAnswer(reply, answer);
    },
  });
}

async function answerMessage(
  parts: HttpParts,
  token: string,
  body: unknown,
  wrong: () => void,
): Promise<Answer> {
  const service = parts.service();
  if (!service) return STARTING;
  const bot = readBotToken(token);
  if (!bot) {
    wrong();
    return NO_BOT;
  }
  if (typeof body !== "object" || body === null || Object.keys(body).join() !== "text" || !("text" in body))
    return problem(errors.badRequest(say`expected an object such as ${'{"text": "Harpier cries"}'}`));
  const params = { room: bot.node, secret: bot.secret, text: body.text };
  const outcome = await service.operations.run("bot.say", params, service.operations.operator("a bot"));
  switch (outcome.kind) {
    case "refused": {
      const { error } = outcome;
      if (error.condition === "resource-constraint")
        return tooManyRequests(error.text ? inEnglish(error.text) : "", 5);
      if (error.condition !== "forbidden" && error.condition !== "item-not-found") return problem(error);
      wrong();
      return NO_BOT;
    }
    case "stream":
      throw new Error("a bot's message has no stream");
    case "result":
      return { status: 200, type: JSON_TYPE, body: JSON.stringify(outcome.value) };
  }
}

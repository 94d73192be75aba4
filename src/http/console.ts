// The web console's files. They hold no data and need no token: the console calls the API with the token of its user.
import type { FastifyInstance } from "fastify";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import { readConsole } from "./console-files.ts";
import { problem, writeAnswer } from "./problem.ts";

const PATH = "/console";

const HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Asked again at each visit: after an upgrade, all files are of the same version.
  "cache-control": "no-cache",
};

const NO_FILE = problem(errors.itemNotFound(say`The console has no such file`));

/** Adds the console. */
export function addConsole(app: FastifyInstance): void {
  const files = readConsole();
  app.get(PATH, (_request, reply) => reply.redirect(`${PATH}/`, 308));
  app.get<{ Params: { "*": string } }>(`${PATH}/*`, (request, reply) => {
    const file = files.get(request.params["*"]);
    if (!file) return writeAnswer(reply, NO_FILE);
    reply.headers({ ...HEADERS, etag: file.tag });
    if (request.headers["if-none-match"] === file.tag) return reply.code(304).send();
    return reply.header("content-type", file.type).send(file.body);
  });
}

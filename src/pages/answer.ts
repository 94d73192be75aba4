// Answers of the pages' listener, with the headers that all of them have.
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type Page, type Site, writeFrame, writePage } from "./layout.ts";
import { type ProblemStatus, problemPage } from "./problem-page.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const HTML = "text/html; charset=utf-8";

/** Nothing runs, and nothing is loaded but our own style and pictures. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export const pageAnswer = async (site: Site, page: Page): Promise<Answer> => ({
  ...{ status: 200, type: HTML, body: await writePage(site, page) },
});

/** Answers with a problem; `headers`: further ones. */
export const problemAnswer = (
  site: Site,
  status: ProblemStatus,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({ status, type: HTML, body: writeFrame(site, problemPage(status)), headers });

/** Leads to another path below the address of the pages. */
export const redirect = (site: Site, status: 301 | 302, path: string): Answer => ({
  ...{ status, type: "text/plain; charset=utf-8", body: "", headers: { location: site.base + path } },
});

/**
 * Sends an answer. Caches may keep it, but ask each time whether it is still the same: a message may be retracted and a log
 * end at any time.
 */
export function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, type, body, headers = {} }: Answer,
  isIndexed: boolean,
): FastifyReply {
  reply
    .headers({
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      ...(!isIndexed && { "x-robots-tag": "noindex, nofollow" }),
      "cache-control": status === 200 ? "no-cache" : "no-store",
      ...headers,
    })
    .code(status)
    .type(type);
  if (status !== 200) return reply.send(body);
  const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 24)}"`;
  reply.header("etag", tag);
  const known = request.headers["if-none-match"]?.split(",").map((each) => each.trim().replace(/^W\//, ""));
  return known?.includes(tag) ? reply.code(304).send() : reply.send(body);
}

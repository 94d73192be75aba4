// The listener of the public pages. It is apart from that of the HTTP API, so that a proxy may pass it everything.
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type HttpListener, listen } from "../http-listener.ts";
import type { Records } from "../muc/model/records.ts";
import { StorageError } from "../storage/store.ts";
import { publicPages } from "./addresses.ts";
import { type Answer, problemAnswer, send } from "./answer.ts";
import { ICON, type Site, STYLE } from "./layout.ts";
import { PublicLog } from "./public-log.ts";
import { answerPage } from "./routes.ts";
import { ICON_SVG, STYLESHEET } from "./style.ts";
import { VisitorLimits } from "./visitor-limits.ts";

/** Milliseconds in which a request must arrive, and after which a silent connection is closed. */
const REQUEST_TIMEOUT = 10_000;
const IDLE_TIMEOUT = 30_000;
const KEEP_ALIVE_TIMEOUT = 5_000;
const MOST_CONNECTIONS = 512;
/** Longest segment of a path: the name of a room in percent encoding. */
const LONGEST_PARAMETER = 4_000;
/** Milliseconds after which a page is given up. */
const PAGE_TIMEOUT = 10_000;

/** Proxies whose word on the reader's address is taken: those of this machine and of private networks. */
const TRUSTED_PROXIES = ["loopback", "linklocal", "uniquelocal"];

export interface PageSettings {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly webChatUrl: string | undefined;
  readonly robots: "index" | "noindex";
}

export interface PagesParts {
  /** Name and domain of the service. */
  name(): string;
  readonly domain: string;
  /** The records of rooms; undefined until the service is there. */
  records(): Pick<Records, "publicRoom" | "readArchive" | "listRooms"> | undefined;
  /** Called for each answer with its status. */
  answered(status: number): void;
  /** Called for each fault. */
  faulted(error: unknown, text: string): void;
}

/** Opens the listener. Rejects if it cannot listen on that address. Port 0 means any free port. */
export async function openPages(settings: PageSettings, parts: PagesParts): Promise<HttpListener> {
  const limits = new VisitorLimits();
  const app = createApp(settings, parts, limits);
  return listen(app, settings, limits);
}

function createApp(settings: PageSettings, parts: PagesParts, limits: VisitorLimits): FastifyInstance {
  const site = siteOf(settings, parts);
  const reply = (request: FastifyRequest, to: FastifyReply, answer: Answer): FastifyReply => {
    parts.answered(answer.status);
    return send(request, to, answer, site.isIndexed);
  };
  const app = fastify({
    logger: false,
    bodyLimit: 1,
    requestTimeout: REQUEST_TIMEOUT,
    connectionTimeout: IDLE_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    forceCloseConnections: true,
    trustProxy: TRUSTED_PROXIES,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    http: { headersTimeout: REQUEST_TIMEOUT, connectionsCheckingInterval: 1_000 },
    frameworkErrors: (_error, request, to) => void reply(request, to, problemAnswer(site, 400)),
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.addHook("onRequest", async (request, to) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return reply(request, to, problemAnswer(site, 405, { allow: "GET, HEAD" }));
  });
  app.setNotFoundHandler((request, to) => reply(request, to, problemAnswer(site, 404)));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, to) => {
    if ((error.statusCode ?? 500) < 500) return reply(request, to, problemAnswer(site, 400));
    parts.faulted(error, "a public page failed");
    return reply(
      request,
      to,
      error instanceof StorageError
        ? problemAnswer(site, 503, { "retry-after": "5" })
        : problemAnswer(site, 500),
    );
  });

  const files: readonly (readonly [path: string, type: string, body: string])[] = [
    [STYLE, "text/css; charset=utf-8", STYLESHEET],
    [ICON, "image/svg+xml", ICON_SVG],
    ["robots.txt", "text/plain; charset=utf-8", robotsText(site)],
  ];
  for (const [path, type, body] of files)
    app.get(`/${path}`, (request, to) => reply(request, to, { status: 200, type, body }));

  const page = async (request: FastifyRequest, to: FastifyReply): Promise<FastifyReply> =>
    reply(request, to, await makePage(request, site, parts, limits));
  for (const url of ["/", "/:room", "/:room/:part", "/:room/:part/:id"]) app.get(url, page);
  return app;
}

function siteOf({ url, webChatUrl, robots }: PageSettings, { name, domain }: PagesParts): Site {
  return {
    get name() {
      return name();
    },
    ...{ domain, url, base: new URL(url).pathname, isIndexed: robots === "index" },
    webChatUrl: publicPages({ url, webChatUrl }, domain).webChatUrl,
  };
}

const robotsText = ({ isIndexed, base }: Site): string =>
  `User-agent: *\nDisallow: ${isIndexed ? `${base}*/search` : "/"}\n`;

/** Makes a page in its turn. A page that takes long is given up, but keeps its turn until the store has answered. */
async function makePage(
  request: FastifyRequest,
  site: Site,
  parts: PagesParts,
  limits: VisitorLimits,
): Promise<Answer> {
  const records = parts.records();
  const busy = (): Answer => problemAnswer(site, 503, { "retry-after": "5" });
  if (!records) return busy();
  const path = Object.values(request.params as Record<string, string>);
  const wait = limits.wait(request.ip, path[1] === "search", performance.now());
  if (wait > 0) return problemAnswer(site, 429, { "retry-after": String(wait) });
  const query = Object.fromEntries(new URL(request.url, site.url).searchParams);
  const made = limits.inTurn(() => answerPage({ site, log: new PublicLog(records), path, query }));
  if (!made) return busy();
  const { promise: late, resolve } = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => resolve(busy()), PAGE_TIMEOUT);
  // A fault after the timeout has been answered already.
  made.catch(() => {});
  return Promise.race([made, late]).finally(() => clearTimeout(timer));
}

// Serves the demo's page and the files of Converse.js over HTTP on loopback.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchConverse } from "./converse.ts";
import { type Passed, passOn } from "./proxy.ts";

const HOST = "127.0.0.1";
const PAGE = fileURLToPath(new URL("./page/index.html", import.meta.url));
const CONVERSE_PREFIX = "/dist/";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".wasm": "application/wasm",
};

/** The page's settings for the login and the room. */
export interface PageSettings {
  readonly people: readonly string[];
  readonly domain: string;
  readonly password: string;
  readonly room: string;
  /** URL of the server's WebSocket (RFC 7395). */
  readonly websocket: string;
  /** Token for the console; undefined for a page without it. */
  readonly token?: string;
}

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the page on a port of the loopback address; 0 stands for a free one. Passes on some paths to other ports. Throws if the port is taken or Converse.js
 * cannot be downloaded.
 */
export async function servePage(
  port: number,
  settings: PageSettings,
  passed: readonly Passed[] = [],
): Promise<PageServer> {
  const converse = await fetchConverse();
  const page = readFileSync(PAGE, "utf8").replace('"SETTINGS"', () => JSON.stringify(settings));
  // Nothing is loaded from the network, whatever Converse.js requests.
  const policy = `default-src 'self' 'unsafe-inline' data: blob:; connect-src 'self' ${settings.websocket}`;
  const http = createServer(async (request, response) => {
    if (passOn(passed, request, response)) return;
    const path = request.url?.split("?")[0] ?? "";
    const [body, type] =
      path === "/" ? [page, ".html"] : [await readConverseFile(converse, path), extname(path)];
    if (body === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[type] ?? "application/octet-stream",
      "content-security-policy": policy,
    });
    response.end(body);
  });
  await listen(http, port);
  return {
    url: `http://${HOST}:${(http.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

/** Reads a file of Converse.js. Resolves with undefined if it does not exist. */
async function readConverseFile(folder: string, path: string): Promise<Buffer | undefined> {
  if (!path.startsWith(CONVERSE_PREFIX)) return undefined;
  const file = join(folder, path.slice(CONVERSE_PREFIX.length));
  if (!file.startsWith(folder + sep)) return undefined;
  return readFile(file).catch(() => undefined);
}

function listen(http: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      reject(isTaken ? new Error(`port ${port} is taken: choose another with "-- --port N"`) : error);
    });
    http.listen(port, HOST, resolve);
  });
}

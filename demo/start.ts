// Everything that a demo needs on one machine: a server with three accounts, Verona, and a page with a web client.
import { randomBytes } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { startProsody } from "../dev/servers/prosody.ts";
import { startVerona } from "../dev/verona.ts";

const DOMAIN = "localhost";
const SERVICE = `conference.${DOMAIN}`;
const PASSWORD = "demo";
export const PEOPLE = ["romeo", "juliet", "rosaline"] as const;

const PAGE = fileURLToPath(new URL("./page/index.html", import.meta.url));
const CONVERSE = dirname(createRequire(import.meta.url).resolve("converse.js/dist/converse.min.js"));

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mp3": "audio/mpeg",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

export interface Demo {
  /** The page to open. */
  readonly url: string;
  /** Where a client program may connect: three accounts, all with the password "demo". */
  readonly clientPort: number;
  stop(): Promise<void>;
}

/** Starts the demo on loopback; `port` is the page's, 0 for any. */
export async function startDemo({ port }: { port: number }): Promise<Demo> {
  const secret = randomBytes(16).toString("hex");
  const users = PEOPLE.map((username) => ({ username, password: PASSWORD }));
  const server = await startProsody({ domain: DOMAIN, components: [{ domain: SERVICE, secret }], users });
  const verona = await startVerona({ server, domain: SERVICE, secret, storage: "memory:" });
  const page = readFileSync(PAGE, "utf8").replace(
    '"SETTINGS"',
    JSON.stringify({
      people: PEOPLE,
      domain: DOMAIN,
      password: PASSWORD,
      room: `lobby@${SERVICE}`,
      websocket: `ws://127.0.0.1:${server.httpPort}/xmpp-websocket`,
    }),
  );
  const http = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/") response.writeHead(200, { "content-type": TYPES[".html"] }).end(page);
    else void serveFile(pathname, response);
  });
  const boundPort = await new Promise<number>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, "127.0.0.1", () => {
      const address = http.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  }).catch(async (error: unknown) => {
    await verona.stop();
    await server.stop();
    throw error;
  });
  return {
    url: `http://127.0.0.1:${boundPort}/`,
    clientPort: server.clientPort,
    async stop() {
      http.closeAllConnections();
      http.close();
      await verona.stop();
      await server.stop();
    },
  };
}

/** A file of Converse.js. */
async function serveFile(pathname: string, response: ServerResponse): Promise<void> {
  const path = normalize(join(CONVERSE, decodeURIComponent(pathname.replace(/^\/dist\//, "/"))));
  const isFile = path.startsWith(CONVERSE + sep) && (await stat(path).catch(() => undefined))?.isFile();
  if (!isFile) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
  createReadStream(path).pipe(response);
}

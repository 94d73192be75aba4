// A demo on one machine: a server with three accounts, Verona with console and public pages, and a page with a web client.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../dev/servers/ports.ts";
import { startProsody } from "../dev/servers/prosody.ts";
import { startVerona } from "../dev/verona.ts";
import { makeLobby, makeToken } from "./lobby.ts";
import { servePage } from "./page-server.ts";

const DOMAIN = "localhost";
const SERVICE = `conference.${DOMAIN}`;
const ROOM = `lobby@${SERVICE}`;
const PASSWORD = "demo";
const PEOPLE = ["romeo", "juliet", "rosaline"];

export interface Demo {
  /** The page to open. */
  readonly url: string;
  /** Port for client programs. There are three accounts, all with the password "demo". */
  readonly clientPort: number;
  stop(): Promise<void>;
}

/** Starts the demo on loopback; `port` is the page's, 0 for a free one. If a part fails, stops the others and throws. */
export async function startDemo({ port }: { port: number }): Promise<Demo> {
  await using parts = new AsyncDisposableStack();
  const secret = randomBytes(16).toString("hex");
  const users = PEOPLE.map((username) => ({ username, password: PASSWORD }));
  const server = await startProsody({ domain: DOMAIN, components: [{ domain: SERVICE, secret }], users });
  parts.defer(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), "verona-demo-"));
  parts.defer(() => rmSync(folder, { recursive: true }));
  const socket = join(folder, "socket");
  const [freePort, apiPort, roomsPort] = (await freePorts(3)) as [number, number, number];
  const pagePort = port || freePort;
  const verona = await startVerona({
    ...{ server, domain: SERVICE, secret, storage: "memory:" },
    env: {
      VERONA_CONTROL_SOCKET: socket,
      VERONA_HTTP_PORT: String(apiPort),
      VERONA_PAGES_PORT: String(roomsPort),
      VERONA_PAGES_URL: `http://127.0.0.1:${pagePort}/rooms/`,
    },
  });
  parts.defer(async () => void (await verona.stop()));
  await makeLobby(socket, ROOM, DOMAIN);
  const settings = {
    ...{ people: PEOPLE, domain: DOMAIN, password: PASSWORD, room: ROOM, token: await makeToken(socket) },
    websocket: `ws://${server.host}:${server.httpPort}/xmpp-websocket`,
  };
  const page = await servePage(pagePort, settings, [
    ...["/console/", "/v1/", "/openapi.json"].map((prefix) => ({ prefix, port: apiPort })),
    { prefix: "/rooms/", port: roomsPort, isCut: true },
  ]);
  parts.defer(() => page.close());
  const started = parts.move();
  return { url: page.url, clientPort: server.clientPort, stop: () => started.disposeAsync() };
}

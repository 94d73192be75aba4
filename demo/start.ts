// A demo on one machine: a server with three accounts, Verona, and a page with a web client.
import { randomBytes } from "node:crypto";
import { startProsody } from "../dev/servers/prosody.ts";
import { startVerona } from "../dev/verona.ts";
import { servePage } from "./page-server.ts";

const DOMAIN = "localhost";
const SERVICE = `conference.${DOMAIN}`;
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
  const verona = await startVerona({ server, domain: SERVICE, secret, storage: "memory:" });
  parts.defer(async () => void (await verona.stop()));
  const page = await servePage(port, {
    people: PEOPLE,
    domain: DOMAIN,
    password: PASSWORD,
    room: `lobby@${SERVICE}`,
    websocket: `ws://${server.host}:${server.httpPort}/xmpp-websocket`,
  });
  parts.defer(() => page.close());
  const started = parts.move();
  return { url: page.url, clientPort: server.clientPort, stop: () => started.disposeAsync() };
}

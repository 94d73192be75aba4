// One person of a script: a real connection to a server.
import { client as createClient } from "@xmpp/client";
import { type Element, serialize } from "../xmpp/element.ts";

/** What the player of a script needs of a connection; its tests put another one in. */
export interface ScriptConnection {
  /** The full JID. */
  readonly jid: string;
  send(xml: string): Promise<void>;
  /** The next stanza; undefined when none comes within so many milliseconds. */
  next(timeoutMs: number): Promise<Element | undefined>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly jid: string;
  readonly password: string;
}

/** Logs in; sends no presence, as scripts send what they want sent. */
export async function connect({ host, port, jid, password }: ConnectOptions): Promise<ScriptConnection> {
  const [, username = "", domain = "", resource] = /^([^@]+)@([^/]+)(?:\/(.*))?$/.exec(jid) ?? [];
  const service = `xmpp://${host}:${port}`;
  const connection = createClient({ service, domain, username, password, ...(resource ? { resource } : {}) });
  connection.reconnect.stop();
  connection.on("error", () => {}); // the start, or the next wait, fails with it
  const queue: Element[] = [];
  let wake: (() => void) | undefined;
  const bound = await connection.start();
  connection.on("stanza", (stanza: Element) => {
    queue.push(stanza);
    wake?.();
  });
  return {
    jid: bound.toString(),
    send: (xml) => connection.write(xml),
    async next(timeoutMs) {
      if (queue.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return queue.shift();
    },
    async close() {
      await connection.stop().catch(() => {});
    },
  };
}

/** Text of a stanza for a report. */
export const show = (stanza: Element): string => serialize(stanza);

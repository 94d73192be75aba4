import { StringDecoder } from "node:string_decoder";
import { client as createClient } from "@xmpp/client";
import type { Element } from "../../src/xmpp/element.ts";
import { parseJid } from "../../src/xmpp/jid.ts";

/** A connection as the player of a script needs it. */
export interface ScriptConnection {
  /** The full JID. */
  readonly jid: string;
  send(xml: string): Promise<void>;
  /** Resolves with the next stanza; undefined if none comes in time. Throws if the connection is lost. */
  next(timeoutMs: number): Promise<Element | undefined>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** The JID, perhaps with a resource to request. */
  readonly jid: string;
  readonly password: string;
  /** Time limit of the whole login. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT = 5_000;
const FAREWELL_TIMEOUT = 1_000;
const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND = "urn:ietf:params:xml:ns:xmpp-bind";
const TLS = "urn:ietf:params:xml:ns:xmpp-tls";
const STREAMS = "http://etherx.jabber.org/streams";

/** Logs in and binds a resource. Sends no presence and answers nothing by itself: the script says what is sent. */
export async function connect(options: ConnectOptions): Promise<ScriptConnection> {
  const { host, port, password } = options;
  const { local: username = "", domain = "", resource } = parseJid(options.jid) ?? {};
  const isLoopback = /^(localhost|127\..*|::1)$/.test(host);
  const connection = createClient({
    service: `xmpp://${host.includes(":") ? `[${host}]` : host}:${port}`,
    domain,
    ...(resource === undefined ? {} : { resource }),
    async credentials(authenticate, mechanisms, _fast, entity) {
      const allowed = mechanisms.filter((name) => name !== "PLAIN" || isLoopback || entity.isSecure());
      const isAscii = /^[\0-\x7f]*$/.test(username + password);
      const mechanism = allowed.find((name) => (isAscii ? name !== "ANONYMOUS" : name === "PLAIN"));
      if (mechanism === undefined) throw new Error("the server offers no way to log in by password");
      // The library treats characters as bytes (btoa). Only PLAIN works with that.
      const bytes = (text: string): string => (isAscii ? text : Buffer.from(text).toString("latin1"));
      await authenticate({ username: bytes(username), password: bytes(password) }, mechanism);
    },
  });
  connection.reconnect.stop();
  connection.timeout = options.timeoutMs ?? DEFAULT_TIMEOUT;
  const queue: Element[] = [];
  let wake = (): void => {};
  let lost: string | undefined;
  let bound = false;

  const login = Promise.withResolvers<{ toString(): string }>();
  login.promise.catch(() => {}); // it may reject while the stream is still opening
  const fail = (reason: string): void => {
    lost ??= reason;
    login.reject(new Error(lost));
    wake();
  };
  connection.once("online", login.resolve);
  connection.on("error", (error: Error) => fail(error.message || error.name));
  for (const end of ["close", "disconnect"])
    connection.on(end, () => fail("the server closed the connection"));
  // The library loses characters that are split between chunks, and throws uncaught errors for invalid XML.
  const decoder = new StringDecoder("utf8");
  connection._onData = (data) => {
    try {
      connection.parser?.write(decoder.write(data));
    } catch (error) {
      fail(`what the server sent is not XMPP (${(error as Error).message})`);
    }
  };
  connection.prependListener("element", (element: Element) => {
    if (!element.is("features", STREAMS)) return;
    keepFeatures(element, isLoopback ? [SASL, BIND] : [TLS, SASL, BIND]);
    if (element.children.length === 0) fail("the server offers no login without TLS");
  });
  connection.on("stanza", (stanza: Element) => {
    if (bound) {
      queue.push(stanza);
      wake();
      return;
    }
    // This answers the resource binding. From here on the library must answer no IQ instead of the script.
    bound = true;
    connection.removeAllListeners("element");
  });

  const timer = setTimeout(() => fail("no login in time"), options.timeoutMs ?? DEFAULT_TIMEOUT);
  try {
    const opened = connection.connect(connection.options.service).then(() => connection.open({ domain }));
    await Promise.race([opened, login.promise]);
    const jid = (await login.promise).toString();
    return {
      jid,
      send: (xml) => (lost === undefined ? connection.write(xml) : Promise.reject(new Error(lost))),
      async next(timeoutMs) {
        if (queue.length === 0 && lost === undefined) {
          const woken = Promise.withResolvers<void>();
          const patience = setTimeout(woken.resolve, timeoutMs);
          wake = woken.resolve;
          await woken.promise;
          clearTimeout(patience);
        }
        if (queue.length === 0 && lost !== undefined) throw new Error(lost);
        return queue.shift();
      },
      async close() {
        await connection.stop().catch(() => {});
      },
    };
  } catch (error) {
    connection.timeout = FAREWELL_TIMEOUT;
    await connection.stop().catch(() => {});
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${options.jid} cannot log in at ${host}:${port}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Keeps only the stream features of a plain login: no resumption, no other kinds of login. */
function keepFeatures(features: Element, namespaces: readonly string[]): void {
  features.children = features.children.filter(
    (node) => typeof node !== "string" && namespaces.includes(node.getNS() ?? ""),
  );
}

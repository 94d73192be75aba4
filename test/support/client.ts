import { client as createClient } from "@xmpp/client";
import { type Element, parse } from "../../src/xmpp/element.ts";

const TIMEOUT_MS = 30_000;

/** A user's client, connected to a real server. */
export interface TestClient {
  /** The full JID. */
  readonly jid: string;
  /** True if the stream is encrypted. */
  readonly isSecure: boolean;
  send(xml: string): Promise<void>;
  /** Takes the first unread stanza that matches; earlier ones stay unread. Fails after half a minute. */
  receive(matches: (stanza: Element) => boolean): Promise<Element>;
  /** Returns the unread stanzas. */
  unread(): readonly Element[];
  /** Sends an IQ and takes its answer. */
  request(to: string, type: "get" | "set", payload: string): Promise<Element>;
  close(): Promise<void>;
}

interface Account {
  port: number;
  domain: string;
  username: string;
  password: string;
}

interface Waiter {
  matches: (stanza: Element) => boolean;
  resolve: (stanza: Element) => void;
}

/** Connects and logs in. Throws if the server refuses. */
export async function connectClient({ port, ...account }: Account): Promise<TestClient> {
  const xmpp = createClient({ service: `xmpp://127.0.0.1:${port}`, ...account });
  xmpp.reconnect.stop();
  xmpp.timeout = TIMEOUT_MS;
  xmpp.on("error", () => {});
  const inbox: Element[] = [];
  const waiters = new Set<Waiter>();
  let requests = 0;
  const jid = (await xmpp.start()).toString();
  xmpp.on("stanza", (stanza: Element) => {
    for (const waiter of waiters) {
      if (!waiter.matches(stanza)) continue;
      waiters.delete(waiter);
      waiter.resolve(stanza);
      return;
    }
    inbox.push(stanza);
  });

  async function receive(matches: (stanza: Element) => boolean): Promise<Element> {
    const index = inbox.findIndex(matches);
    if (index >= 0) return inbox.splice(index, 1)[0] as Element;
    const { promise, resolve, reject } = Promise.withResolvers<Element>();
    const waiter = { matches, resolve };
    waiters.add(waiter);
    const timer = setTimeout(() => {
      waiters.delete(waiter);
      reject(new Error(`${jid} waited in vain for ${matches}; it got:\n${inbox.join("\n")}`));
    }, TIMEOUT_MS);
    return promise.finally(() => clearTimeout(timer));
  }

  const send = (xml: string): Promise<void> => xmpp.send(parse(xml));

  return {
    jid,
    isSecure: xmpp.isSecure(),
    send,
    receive,
    unread: () => inbox,
    async request(to, type, payload) {
      requests += 1;
      const id = `request-${requests}`;
      await send(`<iq to="${to}" type="${type}" id="${id}">${payload}</iq>`);
      return receive((stanza) => stanza.getName() === "iq" && stanza.attrs.id === id);
    },
    async close() {
      await xmpp.stop();
    },
  };
}

// A component of a server, for tests.
import { component } from "@xmpp/component";
import { expect, onTestFinished } from "vitest";
import type { Element } from "../../src/xmpp/element.ts";
import { eventually } from "./eventually.ts";

export interface ComponentOptions {
  readonly port: number;
  readonly domain: string;
  readonly secret: string;
}

/** A connected component. It answers nothing by itself. */
export interface TestComponent {
  send(xml: string): void;
  /** Takes the first unread stanza that matches, received already or still to come. */
  receive(matches: (stanza: Element) => boolean): Promise<Element>;
  /** Returns the unread stanzas. */
  unread(): readonly Element[];
  /** Resolves with the condition of the stream error that ended the stream (RFC 6120 section 4.9). */
  readonly ended: Promise<string | undefined>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

/** Connects a component until the end of the test. Rejects if the server refuses it. */
export async function connectComponent({ port, domain, secret }: ComponentOptions): Promise<TestComponent> {
  const link = component({ service: `xmpp://127.0.0.1:${port}`, domain, password: secret });
  link.reconnect.stop();
  link.timeout = TIMEOUT_MS;
  const inbox: Element[] = [];
  const ended = Promise.withResolvers<string | undefined>();
  link.on("error", (error: Error & { condition?: string }) => ended.resolve(error.condition));
  link.on("stanza", (stanza: Element) => void inbox.push(stanza));
  await link.start();
  const close = async () => void (await link.stop());
  onTestFinished(close);
  return {
    close,
    ended: ended.promise,
    unread: () => inbox,
    send: (xml) => void link.socket?.write(xml),
    receive: (matches) =>
      eventually(() => {
        const index = inbox.findIndex(matches);
        return inbox.splice(index, index < 0 ? 0 : 1)[0] ?? expect.fail(`not in ${inbox.join("\n")}`);
      }),
  };
}

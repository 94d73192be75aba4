// A transport under test, what it hands over, and a way to its server that can be cut.
import { connect } from "node:net";
import pino, { type Logger } from "pino";
import { expect, onTestFinished } from "vitest";
import { listenOnLoopback } from "../../dev/loopback-listener.ts";
import type { NodeTransport } from "../../src/cluster/transport.ts";
import { type Element, serialize } from "../../src/xmpp/element.ts";
import { eventually } from "../support/eventually.ts";
import { StubLease } from "../support/stub-lease.ts";

export interface NodeSettings {
  readonly name: string;
  readonly secret: string;
  readonly lease: StubLease;
  readonly log: Logger;
  /** Port of the loopback interface that leads to the server. */
  readonly port: number;
}

export interface TestNode extends NodeTransport {
  readonly lease: StubLease;
  /** Messages that have arrived, with their senders. */
  readonly received: readonly (readonly [from: string, message: string])[];
  /** Messages that have come back, with their recipients. */
  readonly returned: readonly (readonly [to: string, message: string])[];
  /** "online" and "offline", in order. */
  readonly states: readonly string[];
  /** Messages that were logged. */
  logged(): string[];
  /** Calls `listener` with each message, which is not among those received then. */
  listen(listener: (from: string, message: Element) => void): void;
  /** Ends the connections to the server, and takes none until `mend`. */
  cut(): void;
  mend(): void;
}

interface StartOptions {
  readonly name: string;
  /** Port of the server. */
  readonly port: number;
  readonly secret?: string;
  /** False if the node begins without the lease. */
  readonly hasLease?: boolean;
}

export const SECRET = "secret of the nodes";

/** Starts a node until the end of the test. */
export async function startNode(
  create: (settings: NodeSettings) => NodeTransport,
  { name, port, secret = SECRET, hasLease = true }: StartOptions,
): Promise<TestNode> {
  let isCut = false;
  const way = await listenOnLoopback((socket) => {
    if (isCut) {
      socket.destroy();
      return;
    }
    const onward = connect(port, "127.0.0.1");
    socket.pipe(onward).pipe(socket);
    onward.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(JSON.parse(line).msg) });
  const lease = new StubLease(true);
  lease.isHeld = hasLease;
  const transport = create({ name, secret, lease, log, port: way.port });
  const received: [string, string][] = [];
  const returned: [string, string][] = [];
  const states: string[] = [];
  let listener: ((from: string, message: Element) => void) | undefined;
  transport.start({
    message(from, message) {
      if (listener) listener(from, message);
      else received.push([from, serialize(message)]);
    },
    undelivered: (to, message) => returned.push([to, serialize(message)]),
    online: () => states.push("online"),
    offline: () => states.push("offline"),
  });
  onTestFinished(async () => {
    await transport.stop();
    await way.close();
  });
  return {
    ...{ lease, received, returned, states },
    get isOnline() {
      return transport.isOnline;
    },
    get waiting() {
      return transport.waiting;
    },
    start: () => {},
    send: (to, message) => transport.send(to, message),
    pause: () => transport.pause(),
    resume: () => transport.resume(),
    stop: () => transport.stop(),
    logged: () => lines,
    listen: (each) => {
      listener = each;
    },
    cut() {
      isCut = true;
      for (const socket of way.sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
  };
}

/** Waits until all nodes are online. */
export const online = (...nodes: readonly TestNode[]): Promise<void> =>
  eventually(() => expect(nodes.map((node) => node.isOnline)).toEqual(nodes.map(() => true)));

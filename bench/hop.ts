// Measures what a message from one node to another and back costs, through a cluster of ejabberd and through NATS. The other
// node runs in a thread of its own. Run it with: node bench/hop.ts
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import pino from "pino";
import { startEjabberdCluster } from "../dev/servers/ejabberd-cluster.ts";
import { startNats } from "../dev/servers/nats.ts";
import { ComponentTransport } from "../src/cluster/component-transport.ts";
import { NatsTransport } from "../src/cluster/nats-transport.ts";
import type { NodeTransport } from "../src/cluster/transport.ts";
import { aligned, quantiles } from "./table.ts";

const DOMAIN = "conference.localhost";
const SECRET = "bench";
const ROUNDS = 2_000;
const MESSAGES = 20_000;
/** Messages in flight. */
const WINDOW = 1_000;
/** A forwarded message of usual size. */
const BODY = "x".repeat(300);
const PING = `<forward xmlns="verona:bench"><message from="witch@localhost/phone" to="room@${DOMAIN}" type="groupchat"><body>${BODY}</body></message></forward>`;

interface Way {
  readonly kind: "component" | "nats";
  readonly port: number;
}

function transportOf(name: string, { kind, port }: Way): NodeTransport {
  const settings = { name, secret: SECRET, log: pino({ level: "warn" }) };
  return kind === "nats"
    ? new NatsTransport({ ...settings, domain: DOMAIN, servers: [new URL(`nats://127.0.0.1:${port}`)] })
    : new ComponentTransport({
        ...settings,
        component: { host: "127.0.0.1", port, domain: DOMAIN, secret: SECRET },
      });
}

/** Starts a node. Resolves when it is online. */
async function start(transport: NodeTransport, message: (from: string) => void): Promise<NodeTransport> {
  const isOnline = Promise.withResolvers<void>();
  transport.start({
    message,
    undelivered: (to) => {
      throw new Error(`a message to ${to} came back`);
    },
    online: () => isOnline.resolve(),
    offline: () => {
      throw new Error("the link was lost");
    },
  });
  await isOnline.promise;
  return transport;
}

/** Returns a line of the table. */
async function measure(name: string, here: Way, there: Way): Promise<string[]> {
  const other = new Worker(new URL(import.meta.url), { workerData: there });
  await once(other, "message");
  let answered = (): void => {};
  const transport = await start(transportOf("n1", here), () => answered());
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const sentAt = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    answered = resolve;
    transport.send("n2", PING);
    await promise;
    times.push(performance.now() - sentAt);
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  let [sent, received] = [0, 0];
  const send = (): void => {
    if (sent < MESSAGES && transport.send("n2", PING)) sent += 1;
  };
  answered = () => {
    received += 1;
    send();
    if (received === MESSAGES) resolve();
  };
  const cpu = process.threadCpuUsage();
  const begin = performance.now();
  for (let count = 0; count < WINDOW; count += 1) send();
  await promise;
  const rate = (MESSAGES / (performance.now() - begin)) * 1_000;
  const { user, system } = process.threadCpuUsage(cpu);
  await transport.stop();
  await other.terminate();
  const micros = (user + system) / MESSAGES;
  return [name, ...quantiles(times.slice(ROUNDS / 2), [0.5, 0.99]), rate.toFixed(0), micros.toFixed(1)];
}

async function main(): Promise<void> {
  const cluster = await startEjabberdCluster({
    ...{ domain: "localhost", users: [], component: { domain: DOMAIN, secret: SECRET }, nodes: 2 },
  });
  const nats = await startNats();
  try {
    const [here, there] = cluster.nodes.map(
      ({ componentPort }): Way => ({ kind: "component", port: componentPort }),
    );
    if (!here || !there) throw new Error("the cluster has not two nodes");
    const way: Way = { kind: "nats", port: nats.port };
    const headings = ["there and back p50, ms", "p99", "there and back per s", "CPU of this node, µs"];
    const lines = [await measure("ejabberd", here, there), await measure("NATS", way, way)];
    console.log(aligned([["through", ...headings], ...lines]));
  } finally {
    await Promise.all([cluster.stop(), nats.stop()]);
  }
}

if (isMainThread) await main();
else {
  const transport = transportOf("n2", workerData);
  await start(transport, (from) => void transport.send(from, PING));
  parentPort?.postMessage("online");
}

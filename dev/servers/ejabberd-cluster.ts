// A cluster of ejabberd nodes on the loopback interface, each with an address of its own for Erlang's distribution.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { compileModule, ejabberdConfiguration, type Membership, runEjabberd } from "./ejabberd.ts";
import { freePorts } from "./ports.ts";
import { makeDataFolder, type RunningServer, replaceAll, type ServerOptions } from "./server.ts";

/** What operators add: the block under "listen:", and the one at the top level. */
const [LISTENER = "", TOP_LEVEL = ""] = readFileSync(
  new URL("../../docs/ejabberd-cluster.yml", import.meta.url),
  "utf8",
).split(/^(?=# At the top level)/m);
/** What a single server has in place of the block at the top level. */
const NO_FEDERATION = "access_rules:\n  nobody:\n    deny: all\ns2s_access: nobody\n";

export interface ClusterOptions {
  readonly domain: string;
  readonly users: ServerOptions["users"];
  /** The service, and the secret for its address and those of its nodes. */
  readonly component: ServerOptions["components"][number];
  /** Number of ejabberd nodes. */
  readonly nodes: number;
}

export interface EjabberdCluster {
  /** The nodes with their own ports and data. To kill one, send a signal to its `pid`; `restart` starts it again. */
  readonly nodes: readonly RunningServer[];
  /** Stops all nodes and removes their data. */
  stop(): Promise<void>;
}

/** Starts the nodes one after the other, joins each to the first, and registers the users. */
export async function startEjabberdCluster(options: ClusterOptions): Promise<EjabberdCluster> {
  const [distributionPort = 0] = await freePorts(1);
  const cookie = randomUUID();
  const nodes: RunningServer[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    while (nodes.length < options.nodes)
      nodes.push(await startNode(options, membership(nodes.length + 1, distributionPort, cookie)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, stop };
}

async function startNode(options: ClusterOptions, member: Membership): Promise<RunningServer> {
  const { component } = options;
  const [clientPort, httpPort, componentPort] = (await freePorts(3)) as [number, number, number];
  const ports = { clientPort, httpPort, componentPort, componentPorts: [componentPort] };
  const dataFolder = makeDataFolder("ejabberd");
  const listener = replaceAll(LISTENER, {
    "port: 5347": `port: ${componentPort}`,
    '"change-me"': JSON.stringify(component.secret),
  });
  const topLevel = replaceAll(TOP_LEVEL, { "conference.example.com": component.domain });
  compileModule("mod_component_hold", dataFolder);
  const server = { ...options, components: [component], hold: {} };
  const single = ejabberdConfiguration(server, ports, dataFolder, [listener]);
  return runEjabberd(dataFolder, ports, replaceAll(single, { [NO_FEDERATION]: topLevel }), options, member);
}

/**
 * Returns what makes a node a member. All nodes have the same port for Erlang's distribution, each at its own address, so
 * that they find each other without a shared daemon. Joining is what "ejabberdctl join_cluster" does.
 */
function membership(number: number, port: number, cookie: string): Membership {
  const nameOf = (node: number): string => `verona@127.0.0.${node}`;
  const args = [
    ...["-name", nameOf(number), "-setcookie", cookie],
    ...["-erl_epmd_port", String(port), "-start_epmd", "false"],
    ...["-kernel", "inet_dist_use_interface", `{127,0,0,${number}}`],
  ];
  const first = `'${nameOf(1)}'`;
  // A node that starts again knows its cluster.
  const isMember = `lists:member(${first}, mnesia:system_info(db_nodes))`;
  const join = `true = ${isMember} orelse ok =:= ejabberd_cluster:join(${first}),`;
  return { args, join: number === 1 ? "" : join };
}

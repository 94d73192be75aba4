// A network of machines on this machine: network namespaces at a bridge. Their cables can be cut. Needs root.
import { spawnSync } from "node:child_process";

/** A machine of the network. */
export interface Machine {
  readonly address: string;
  /** The start of a command line that runs a program on it. */
  readonly command: readonly [string, ...string[]];
  /** Loses all packets from and to it. Nobody is told. */
  cut(): void;
  /** Ends a cut. */
  mend(): void;
}

export interface Network {
  /** This machine's address in the network. */
  readonly address: string;
  /** Adds a machine. */
  machine(): Machine;
  /** Removes the network and its machines. Programs on them go on without it. */
  close(): void;
}

let networks = 0;

/** Returns why no network can be made here, or undefined. */
export function networkProblem(): string | undefined {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  try {
    openNetwork().close();
    return undefined;
  } catch (error) {
    return `network namespaces are not available: ${(error as Error).message}`;
  }
}

/** Opens a network of addresses that nobody uses here. Throws an error of `ip`. */
export function openNetwork(): Network {
  networks += 1;
  const id = `${process.pid.toString(36)}${networks.toString(36)}`;
  const bridge = `vb${id}`;
  const namespaces: string[] = [];
  const subnet = freeSubnet();
  const addressOf = (host: number): string => `${subnet}.${host}`;

  function close(): void {
    process.off("exit", close);
    for (const namespace of namespaces.splice(0)) tryIp("netns", "del", namespace);
    tryIp("link", "del", bridge);
  }
  process.once("exit", close);

  ip("link", "add", bridge, "type", "bridge");
  try {
    ip("addr", "add", `${addressOf(1)}/24`, "dev", bridge);
    ip("link", "set", bridge, "up");
  } catch (error) {
    close();
    throw error;
  }
  return {
    address: addressOf(1),
    close,
    machine() {
      const host = namespaces.length + 2;
      const namespace = `verona-${id}-${host}`;
      const port = `vp${id}${host}`;
      const inside = ["-n", namespace];
      ip("netns", "add", namespace);
      namespaces.push(namespace);
      ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace);
      ip("link", "set", port, "master", bridge, "up");
      ip(...inside, "addr", "add", `${addressOf(host)}/24`, "dev", "eth0");
      for (const device of ["lo", "eth0"]) ip(...inside, "link", "set", device, "up");
      return {
        address: addressOf(host),
        command: ["ip", "netns", "exec", namespace],
        cut: () => void ip("link", "set", port, "nomaster"),
        mend: () => void ip("link", "set", port, "master", bridge),
      };
    },
  };
}

/** Returns the first three numbers of private addresses to which there is no route. */
function freeSubnet(): string {
  for (;;) {
    const [second, third] = [100, 0].map((least) => least + Math.floor(Math.random() * 156));
    const subnet = `10.${second}.${third}`;
    if (ip("route", "show", `${subnet}.0/24`) === "") return subnet;
  }
}

/** Returns the output of `ip`. Throws if it fails. */
function ip(...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
  return stdout.trim();
}

function tryIp(...args: string[]): void {
  spawnSync("ip", args);
}

// A NATS server on the loopback interface.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "../child-process.ts";
import { freePorts, listens } from "./ports.ts";
import { requireProgram } from "./server.ts";

const TIMEOUT_MS = 30_000;
const POLL_MS = 25;

export interface NatsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a server that keeps nothing, and waits until it listens. `settings` are in the form of its configuration file. */
export async function startNats(settings = ""): Promise<NatsServer> {
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), "verona-nats-"));
  const file = join(folder, "nats.conf");
  writeFileSync(file, `host: 127.0.0.1\nport: ${port}\n${settings}`);
  const child = startChild(requireProgram("nats-server"), ["--config", file], {
    cwd: folder,
    env: process.env,
  });
  const stop = async (): Promise<void> => {
    await child.end("SIGKILL");
    rmSync(folder, { recursive: true });
  };
  let log = "";
  child.process.stderr?.on("data", (text) => {
    log += text;
  });
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await listens(port))) {
    if (child.process.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`nats-server did not start:\n${log}`);
    }
    await sleep(POLL_MS);
  }
  return { port, stop };
}

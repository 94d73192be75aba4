// What is measured: Verona as an operator runs it, with each kind of storage, and the ceiling.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../dev/child-process.ts";
import { startVerona } from "../dev/verona.ts";
import type { ComponentListener } from "./component-listener.ts";

export const DOMAIN = "rooms.bench.example";
export const SECRET = "bench";

export interface RunningSubject {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Something to be measured: it connects to the listener as a component. */
export interface Subject {
  readonly name: string;
  start(listener: ComponentListener): Promise<RunningSubject>;
}

export const CEILING: Subject = { name: "ceiling", start: startSplicer };

/** `profileFolder`: where Verona leaves a CPU profile of each run. */
export function subjects(profileFolder?: string): Subject[] {
  const env: Record<string, string> =
    profileFolder === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileFolder}` };
  return [
    { name: "verona memory:", start: (listener) => startProduct(listener, env, "memory:") },
    { name: "verona sqlite:", start: (listener) => startWithDatabase(listener, env) },
    CEILING,
  ];
}

async function startProduct(
  server: ComponentListener,
  env: Record<string, string>,
  storage: string,
): Promise<RunningSubject> {
  const verona = await startVerona({ server, domain: DOMAIN, secret: SECRET, storage, env });
  return {
    pid: verona.pid,
    async stop() {
      await verona.stop();
    },
  };
}

async function startWithDatabase(
  server: ComponentListener,
  env: Record<string, string>,
): Promise<RunningSubject> {
  const folder = mkdtempSync(join(tmpdir(), "verona-bench-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const running = await startProduct(server, env, `sqlite:${join(folder, "verona.sqlite")}`);
    return { pid: running.pid, stop: () => running.stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

async function startSplicer({ host, componentPort }: ComponentListener): Promise<RunningSubject> {
  const main = join(import.meta.dirname, "splicer.ts");
  const args = [main, host, String(componentPort), DOMAIN, SECRET];
  const child = startChild(process.execPath, args, { cwd: tmpdir(), env: process.env });
  return {
    pid: child.process.pid ?? 0,
    async stop() {
      await child.end("SIGTERM");
    },
  };
}

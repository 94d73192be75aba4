import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A program that ends together with this process, however that ends. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves at the program's end with its exit status; null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Sends a signal, and SIGKILL if the program still runs after `graceMs`. Resolves at its end. */
  end(signal: NodeJS.Signals, graceMs?: number): Promise<number | null>;
}

interface ChildOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** An open file for standard output and error. The default is pipes. */
  output?: number;
}

/** Starts a program. The kernel ends it together with this process (PR_SET_PDEATHSIG), even after a SIGKILL. */
export function startChild(command: string, args: readonly string[], options: ChildOptions): Child {
  const output = options.output ?? "pipe";
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", command, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", output, output],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("exit", (code) => resolve(code));
    child.once("error", reject);
  });
  exited.catch(() => {});
  return {
    process: child,
    exited,
    async end(signal, graceMs = 30_000) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill(signal);
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await once(child, "exit");
      clearTimeout(timer);
      return child.exitCode;
    },
  };
}

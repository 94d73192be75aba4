import { spawn } from "node:child_process";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of Verona to its end, with this storage. */
export async function verona(storage: string, ...args: string[]): Promise<Outcome> {
  const { signal: _, ...outcome } = await veronaWith({}, storage, ...args);
  return outcome;
}

/** Like `verona`, with more environment variables. Also returns the signal that ended it. */
export function veronaWith(
  more: NodeJS.ProcessEnv,
  storage: string,
  ...args: string[]
): Promise<Outcome & { signal: NodeJS.Signals | null }> {
  const env = {
    PATH: process.env.PATH,
    VERONA_DOMAIN: "conference.localhost",
    VERONA_SECRET: "s3cret",
    VERONA_STORAGE: storage,
    ...more,
  };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

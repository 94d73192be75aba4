// npm run demo [-- --port N]: starts the demo, prints what to open, and stops everything on Ctrl-C.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { onSignal, TERMINATION } from "../src/cli/signals.ts";
import { startDemo } from "./start.ts";

const INSTALL = fileURLToPath(new URL("../dev/install-servers.sh", import.meta.url));
const PARENT_CHECK_MS = 250;

function readPort(): number {
  const { values } = parseArgs({ options: { port: { type: "string", default: "8080" } } });
  const port = /^\d+$/.test(values.port) ? Number(values.port) : Number.NaN;
  if (!(port <= 65535)) throw new Error(`--port ${values.port}: not a port`);
  return port;
}

/** Returns a signal that aborts when the demo must end: at a signal, or at the end of npm, which passes no SIGTERM on. */
function watchForEnd(): AbortSignal {
  const end = new AbortController();
  onSignal(TERMINATION, () => end.abort());
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && end.abort(), PARENT_CHECK_MS).unref();
  }
  return end.signal;
}

async function runDemo(): Promise<void> {
  const port = readPort();
  const installed = spawnSync("bash", [INSTALL, "prosody"], { stdio: "inherit" });
  if (installed.status !== 0) {
    process.exitCode = 1;
    return;
  }
  const end = watchForEnd();
  const ended = new Promise((resolve) => end.addEventListener("abort", resolve));
  try {
    const demo = await startDemo({ port });
    process.stdout.write(
      `\nOpen ${demo.url} in two windows and choose two people. Ctrl-C stops everything.\n`,
    );
    await ended;
    await demo.stop();
  } catch (error) {
    // Ctrl-C reaches the children too, so their end during the start is no fault then.
    if (!end.aborted) throw error;
  }
}

try {
  await runDemo();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

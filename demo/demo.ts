// npm run demo [-- --port N]: starts the demo, prints what to open, and stops everything on Ctrl-C.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startDemo } from "./start.ts";

const INSTALL = fileURLToPath(new URL("../dev/install-servers.sh", import.meta.url));

function readPort(): number {
  const { values } = parseArgs({ options: { port: { type: "string", default: "8080" } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`--port ${values.port}: not a port`);
  return port;
}

try {
  const port = readPort();
  const installed = spawnSync("bash", [INSTALL, "prosody"], { stdio: "inherit" });
  if (installed.status !== 0) process.exit(installed.status ?? 1);
  const demo = await startDemo({ port });
  process.stdout.write(`\nOpen ${demo.url} in two windows and choose two people. Ctrl-C stops everything.\n`);
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      demo.stop().then(() => process.exit(0));
    });
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

import { parseArgs } from "node:util";
import { type RunOptions, readScript, runFile, ScriptError } from "./run.ts";

const USAGE =
  "usage: npm run scansion -- [--host HOST] [--port PORT] [--timeout SECONDS] [--map-domain A=B]... FILES";
const FAILED = 1;
const BAD_USAGE = 2;
// Longest time of a timer.
const MAX_SECONDS = 2_147_483;

function readArguments(args: string[]): { files: string[]; options: RunOptions } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "5222" },
      timeout: { type: "string", default: "5" },
      "map-domain": { type: "string", multiple: true, default: [] },
    },
  });
  if (positionals.length === 0) throw new Error("no script was given");
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Error(`--port ${values.port}: not a port`);
  const seconds = Number(values.timeout);
  if (!(seconds > 0 && seconds <= MAX_SECONDS))
    throw new Error(`--timeout ${values.timeout}: not a number of seconds`);
  const domainMap = new Map(values["map-domain"].map(readMapping));
  return { files: positionals, options: { host: values.host, port, timeoutMs: seconds * 1000, domainMap } };
}

function readMapping(text: string): [string, string] {
  const [from, to, ...more] = text.split("=");
  if (!from || !to || more.length > 0) throw new Error(`--map-domain ${text}: not of the form a=b`);
  return [from, to];
}

/** Runs each script and prints a line for it. Resolves with the exit status. */
async function main(args: string[]): Promise<number> {
  const { files, options } = readArguments(args);
  // Runs nothing if a file cannot be read.
  for (const file of files) await readScript(file);
  let status = 0;
  for (const file of files) {
    const started = performance.now();
    const outcome = await runFile(file, options);
    const verdict = outcome.ok ? "PASS" : "FAIL";
    process.stdout.write(`${verdict} ${file} (${Math.round(performance.now() - started)} ms)\n`);
    if (outcome.ok) continue;
    process.stdout.write(`${outcome.report}\n`);
    status = FAILED;
  }
  return status;
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    if (!(error instanceof ScriptError)) process.stderr.write(`${USAGE}\n`);
    process.exit(BAD_USAGE);
  },
);

// npm run scansion -- [--host H] [--port P] [--timeout SECONDS] [--map-domain a=b]... FILES
import { parseArgs } from "node:util";
import { type RunOptions, runFile, ScriptError } from "./run.ts";

const USAGE =
  "usage: npm run scansion -- [--host HOST] [--port PORT] [--timeout SECONDS] [--map-domain A=B]... FILES";
const FAILED = 1;
const BAD_USAGE = 2;

class UsageError extends Error {}

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
  if (positionals.length === 0) throw new UsageError("no script was given");
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new UsageError(`--port ${values.port}: not a port`);
  const seconds = Number(values.timeout);
  if (!(seconds > 0)) throw new UsageError(`--timeout ${values.timeout}: not a number of seconds`);
  const domainMap = new Map(values["map-domain"].map(readMapping));
  return { files: positionals, options: { host: values.host, port, timeoutMs: seconds * 1000, domainMap } };
}

function readMapping(text: string): [string, string] {
  const [from, to, ...more] = text.split("=");
  if (!from || !to || more.length > 0) throw new UsageError(`--map-domain ${text}: not of the form a=b`);
  return [from, to];
}

/** Runs each script and prints a line for it; resolves with the exit code. */
async function main(args: string[]): Promise<number> {
  const { files, options } = readArguments(args);
  let code = 0;
  for (const file of files) {
    const started = Date.now();
    const outcome = await runFile(file, options);
    process.stdout.write(`${outcome.ok ? "PASS" : "FAIL"} ${file} (${Date.now() - started} ms)\n`);
    if (outcome.ok) continue;
    process.stdout.write(`${outcome.report}\n`);
    code = FAILED;
  }
  return code;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const where = error instanceof ScriptError ? `line ${error.line}: ` : "";
    process.stderr.write(`${where}${error instanceof Error ? error.message : error}\n`);
    if (!(error instanceof ScriptError)) process.stderr.write(`${USAGE}\n`);
    process.exit(BAD_USAGE);
  },
);

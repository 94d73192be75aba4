import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Config, ConfigError, type StorageConfig } from "./config/config.ts";
import { findConfigFile } from "./config/file.ts";
import { type LoadOptions, loadConfig } from "./config/load.ts";
import { sourcesOf } from "./config/sources.ts";
import { storageOf, storageProblem } from "./config/storage-url.ts";
import { readManifest } from "./manifest.ts";

const USAGE = `Usage: verona [COMMAND] [OPTIONS]

Commands:
  run            run the service until SIGTERM or SIGINT (the default)
  check-config   check the configuration
  backup FILE    copy the SQLite database to a new file, also while the service runs
  export ROOM|--all [--output FILE]
                 write one room or all rooms as JSON Lines, to standard output or a new file
  import FILE    import exported rooms
  import prosody PATH|URL
                 import rooms of Prosody: from its data folder, an SQLite file or a PostgreSQL address
  import ejabberd FILE|URL
                 import rooms of ejabberd: from a dump, an SQLite file or a PostgreSQL address
  migrate        copy all data from one storage to another

Options:
  -c, --config FILE   configuration file (default: ./config.json, if it exists)
  --dry-run           (import) check everything, write nothing
  --replace           (import) replace rooms that already exist
  --skip-existing     (import) keep rooms that already exist
  --host DOMAIN       (import from a server) domain of the rooms (default: the component's domain)
  --archive PATH|URL  (import from a server) place of the archives (default: that of the rooms)
  --from STORAGE      (migrate) sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE
  --to STORAGE        (migrate) the same; it must be empty, or left by an interrupted run
  -h, --help          show this help
  -v, --version       show the version

Stop the service before export, import and migrate. See docs/transfer.md.

Environment variables override the file. See docs/configuration.md.

Exit status: 0 success, 1 failure, 2 wrong usage or configuration, 3 import done, but some data could not be carried over.
`;

const EXIT_WRONG_USAGE = 2;

const OPTIONS = {
  config: { type: "string", short: "c" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
  all: { type: "boolean" },
  output: { type: "string" },
  "dry-run": { type: "boolean" },
  replace: { type: "boolean" },
  "skip-existing": { type: "boolean" },
  host: { type: "string" },
  archive: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
} as const;

/** The options of each command, beside those of all. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  run: [],
  "check-config": [],
  backup: [],
  export: ["all", "output"],
  import: ["dry-run", "replace", "skip-existing", "host", "archive"],
  migrate: ["from", "to"],
};
const COMMON = ["config", "help", "version"];

async function main(): Promise<void> {
  const { command, operands, options } = readArguments();
  if (options.help) {
    process.stdout.write(USAGE);
  } else if (options.version) {
    process.stdout.write(`verona ${readManifest().version}\n`);
  } else if (command === "migrate") {
    const [from, to] = [readStorage("from", options.from), readStorage("to", options.to)];
    const { refuseMigration, runMigration } = await import("./migrate/migrate-command.ts");
    const refusal = refuseMigration(from, to);
    if (refusal !== undefined) refuse([wrongUsage(refusal)]);
    process.exitCode = await runMigration(from, to);
  } else {
    const config = readConfig(options.config);
    if (command === "check-config") {
      process.stdout.write(
        `${findConfigFile(options.config, process.cwd()) ?? "environment"}: configuration is valid\n`,
      );
      return;
    }
    if (command === "run") {
      const { runService } = await import("./run.ts");
      const source = sourceOptions(options.config);
      await runService({ config, sources: sourcesOf(source), reload: () => loadConfig(source) });
    } else {
      const { runTransfer } = await import("./transfer/run.ts");
      process.exitCode = await runTransfer(command, config, operands, options);
    }
  }
}

function readArguments() {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options: OPTIONS });
    const [command = "run", ...operands] = positionals;
    const own = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
    if (!own) refuse([wrongUsage(`unknown command "${command}"`)]);
    const stray = Object.keys(values).find((name) => !COMMON.includes(name) && !own.includes(name));
    if (stray !== undefined) refuse([wrongUsage(`${command} has no option --${stray}`)]);
    if (["run", "check-config", "migrate"].includes(command) && operands.length > 0)
      refuse([wrongUsage(`unexpected argument "${operands[0]}"`)]);
    return { command, operands, options: values };
  } catch (error) {
    refuse([wrongUsage(error instanceof Error ? error.message : String(error))]);
  }
}

/** The path of a file begins at the working directory. */
function readStorage(option: "from" | "to", url: string | undefined): StorageConfig {
  if (url === undefined) refuse([wrongUsage(`migrate needs --from and --to; --${option} is missing`)]);
  const problem = storageProblem(url);
  if (problem !== undefined) refuse([wrongUsage(`--${option}: ${problem}`)]);
  const storage = storageOf(url);
  return storage.kind === "sqlite" ? { ...storage, path: resolve(storage.path) } : storage;
}

const sourceOptions = (path: string | undefined): LoadOptions => ({
  env: process.env,
  ...(path !== undefined && { path }),
});

function readConfig(path: string | undefined): Config {
  try {
    return loadConfig(sourceOptions(path));
  } catch (error) {
    if (error instanceof ConfigError) refuse(error.problems);
    throw error;
  }
}

function wrongUsage(message: string): string {
  return `verona: ${message} (see verona --help)`;
}

function refuse(lines: readonly string[]): never {
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exit(EXIT_WRONG_USAGE);
}

await main();

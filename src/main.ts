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
  check-config   check the configuration, and do nothing else
  backup FILE    copy the database, of a running service too, to a new file
  export ROOM|--all [--output FILE]
                 write one room or all as JSON Lines, to standard output or a new file
  import FILE    bring in rooms that were exported
  import prosody PATH|URL
                 bring in the rooms of Prosody, from its data folder, or its database in SQLite or PostgreSQL
  import ejabberd FILE|URL
                 bring in the rooms of ejabberd, from a dump, or its database in SQLite or PostgreSQL
  migrate        move everything that is kept from one storage to another

Options:
  -c, --config FILE   configuration file (default: ./config.json, where it exists)
  --dry-run           (import) check everything, and write nothing
  --replace           (import) rooms that exist already are replaced
  --skip-existing     (import) rooms that exist already stay as they are
  --host DOMAIN       (import from a server) where the rooms were (default: the component's domain)
  --archive PATH|URL  (import from a server) where their archives are (default: where the rooms are)
  --from STORAGE      (migrate) sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE
  --to STORAGE        (migrate) the same, and empty or left by an interrupted run
  -h, --help          show this help
  -v, --version       show the version

The service may not run during export and import. docs/transfer.md tells more.

Environment variables take precedence over the file: see docs/configuration.md.

Exit status: 0 after an orderly end, 1 where the service or command failed, 2 for wrong usage or configuration,
3 where an import has left something out.
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

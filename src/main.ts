import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UsageError } from "./cli/errors.ts";
import { EXIT } from "./cli/exit-status.ts";
import { runCommand } from "./cli/run-command.ts";
import { completionScript } from "./commands/completion.ts";
import { findCall, operationsOf, runOperation } from "./commands/operation-command.ts";
import { operationList } from "./commands/operation-help.ts";
import { ConfigError, type StorageConfig } from "./config/config.ts";
import { findConfigFile } from "./config/file.ts";
import { type LoadOptions, loadConfig } from "./config/load.ts";
import { sourcesOf } from "./config/source-names.ts";
import { storageOf, storageProblem } from "./config/storage-url.ts";
import { readManifest } from "./manifest.ts";
import { CATALOGUE } from "./operations/catalogue.ts";

/** Commands that also run without a service, and so are not operations of it alone. */
const ALONE = ["backup"];

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
  completion SHELL
                 write a script that completes commands in bash or zsh

Commands for the running service (verona COMMAND --help says more):
${operationList(CATALOGUE.filter(({ name }) => !ALONE.includes(name)))}
Options:
  -c, --config FILE   configuration file (default: ./config.json, if it exists);
                      run takes several, one for each domain that it serves
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

const OPTIONS = {
  config: { type: "string", short: "c", multiple: true },
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

/** The options of each command. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  run: [],
  "check-config": [],
  backup: [],
  export: ["all", "output"],
  import: ["dry-run", "replace", "skip-existing", "host", "archive"],
  migrate: ["from", "to"],
};
/** The options of every command. */
const COMMON = ["config", "help", "version"];

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  const call = findCall(words);
  if (call && !ALONE.includes(call.operation.name)) return runOperation(call, process.env);
  const group = operationsOf(words[0]);
  if (group.length > 0) {
    if (words[1] !== undefined && !words[1].startsWith("-"))
      throw new UsageError(`unknown command "${words[0]} ${words[1]}"`);
    process.stdout.write(operationList(group));
    return EXIT.ok;
  }
  if (words[0] === "completion" && !words.includes("--help")) {
    process.stdout.write(completionScript(words[1]));
    return EXIT.ok;
  }
  const { command, operands, options } = readArguments();
  if (options.help) {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  if (options.version) {
    process.stdout.write(`verona ${readManifest().version}\n`);
    return EXIT.ok;
  }
  if (command === "migrate") {
    const [from, to] = [readStorage("from", options.from), readStorage("to", options.to)];
    const { runMigration } = await import("./migrate/migrate-command.ts");
    return runMigration(from, to);
  }
  const [file, ...files] = options.config ?? [];
  if (command === "run") {
    const { runServices } = await import("./run.ts");
    return runServices(readDomains([file, ...files]));
  }
  if (files.length > 0) throw new UsageError(`${command} takes one configuration file`);
  const config = loadConfig(sourceOf(file));
  if (command === "check-config") {
    const found = findConfigFile(file, process.cwd());
    process.stdout.write(`${found ?? "environment"}: configuration is valid\n`);
    return EXIT.ok;
  }
  const { runTransfer } = await import("./transfer/transfer-command.ts");
  return runTransfer(command, config, operands, options);
}

function readArguments() {
  const { positionals, values } = parseOptions();
  const [command = "run", ...operands] = positionals;
  const own = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!own) throw new UsageError(`unknown command "${command}"`);
  const stray = Object.keys(values).find((name) => !COMMON.includes(name) && !own.includes(name));
  if (stray !== undefined) throw new UsageError(`${command} has no option --${stray}`);
  if (["run", "check-config", "migrate"].includes(command) && operands.length > 0)
    throw new UsageError(`unexpected argument "${operands[0]}"`);
  return { command, operands, options: values };
}

function parseOptions() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const sourceOf = (path: string | undefined): LoadOptions => ({
  env: process.env,
  ...(path !== undefined && { path }),
});

/** Loads the configuration of each domain. Throws `ConfigError`. */
function readDomains(files: readonly (string | undefined)[]) {
  const domains = files.map((file) => {
    const source = sourceOf(file);
    return { config: loadConfig(source), sources: sourcesOf(source), reload: () => loadConfig(source) };
  });
  const names = domains.map(({ config }) => config.component.domain);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined)
    throw new ConfigError([`component.domain: two configurations have the domain ${twice}`]);
  return domains;
}

/** The storage of an option. A relative path begins at the working directory. */
function readStorage(option: "from" | "to", url: string | undefined): StorageConfig {
  if (url === undefined) throw new UsageError(`migrate needs --from and --to; --${option} is missing`);
  const problem = storageProblem(url);
  if (problem !== undefined) throw new UsageError(`--${option}: ${problem}`);
  const storage = storageOf(url);
  return storage.kind === "sqlite" ? { ...storage, path: resolve(storage.path) } : storage;
}

process.exitCode = await runCommand(main);

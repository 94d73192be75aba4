#!/usr/bin/env node
import { parseArgs } from "node:util";
import { type Config, ConfigError } from "./config/config.ts";
import { findConfigFile } from "./config/file.ts";
import { loadConfig } from "./config/load.ts";
import { readManifest, refuseNode } from "./manifest.ts";

const USAGE = `Usage: verona [COMMAND] [OPTIONS]

Commands:
  run            run the service until SIGTERM or SIGINT (the default)
  check-config   check the configuration, and do nothing else

Options:
  -c, --config FILE   configuration file (default: ./config.json, where it exists)
  -h, --help          show this help
  -v, --version       show the version

Environment variables take precedence over the file: see docs/configuration.md.

Exit status: 0 after an orderly end, 1 where the service failed, 2 for wrong usage or configuration.
`;

const EXIT_WRONG_USAGE = 2;

async function main(): Promise<void> {
  const { command, options } = readArguments();
  if (options.help) {
    process.stdout.write(USAGE);
  } else if (options.version) {
    process.stdout.write(`verona ${readManifest().version}\n`);
  } else {
    const config = readConfig(options.config);
    if (command === "run") {
      // What follows is imported late, as an older Node cannot even load it.
      const refusal = refuseNode(readManifest().engines.node, process.version);
      if (refusal !== undefined) refuse([`verona: ${refusal}`]);
      const { runService } = await import("./run.ts");
      await runService(config);
    } else {
      process.stdout.write(
        `${findConfigFile(options.config, process.cwd()) ?? "environment"}: configuration is valid\n`,
      );
    }
  }
}

function readArguments() {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        config: { type: "string", short: "c" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
      },
    });
    const [command = "run", ...others] = positionals;
    if (command !== "run" && command !== "check-config") refuse([wrongUsage(`unknown command "${command}"`)]);
    if (others.length > 0) refuse([wrongUsage(`unexpected argument "${others[0]}"`)]);
    return { command, options: values };
  } catch (error) {
    refuse([wrongUsage(error instanceof Error ? error.message : String(error))]);
  }
}

function readConfig(path: string | undefined): Config {
  try {
    return loadConfig({ env: process.env, ...(path === undefined ? {} : { path }) });
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

// Runs an operation of the running service from the command line.
import { createInterface } from "node:readline/promises";
import { CommandError, UsageError } from "../cli/errors.ts";
import { EXIT } from "../cli/exit-status.ts";
import { loadConfig } from "../config/load.ts";
import { callService } from "../control/call-service.ts";
import { CATALOGUE } from "../operations/catalogue.ts";
import type { Operation } from "../operations/operation.ts";
import { resultText } from "../operations/result-text.ts";
import { commandOf, readOperationArguments } from "./operation-arguments.ts";
import { operationHelp } from "./operation-help.ts";

export interface OperationCall {
  readonly operation: Operation;
  /** The words after the name. */
  readonly words: readonly string[];
}

/** Returns the operation that the first words name; undefined if there is none. */
export function findCall(words: readonly string[]): OperationCall | undefined {
  for (const operation of CATALOGUE) {
    const name = operation.name.split(".");
    if (name.every((word, place) => words[place] === word))
      return { operation, words: words.slice(name.length) };
  }
  return undefined;
}

/** Returns the operations of a group, such as those on a room. */
export const operationsOf = (group: string | undefined): Operation[] =>
  CATALOGUE.filter(({ name }) => name.startsWith(`${group}.`));

/**
 * Runs an operation in the service of a configuration. Throws `UsageError`, or `CommandError` if no service runs or it refuses.
 * Resolves with the exit status.
 */
export async function runOperation(call: OperationCall, env: NodeJS.ProcessEnv): Promise<number> {
  const { operation } = call;
  if (call.words.some((word) => word === "--help" || word === "-h")) {
    process.stdout.write(operationHelp(operation));
    return EXIT.ok;
  }
  const { params, json, yes, configFile } = readOperationArguments(operation, call.words);
  const { controlSocket } = loadConfig({ env, ...(configFile !== undefined && { path: configFile }) });
  if (operation.effect === "destroys" && !yes && !(await isConfirmed(operation, params))) return EXIT.failed;
  const take = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  const answer = await callService(controlSocket, operation.name, params, take);
  if (!answer) throw new CommandError(`no service runs here: nothing listens at ${controlSocket}`);
  if (answer.kind === "refused") throw new CommandError(`${answer.text} (${answer.condition})`);
  if (!operation.isStream)
    process.stdout.write(json ? `${JSON.stringify(answer.value, null, 2)}\n` : resultText(answer.value));
  return EXIT.ok;
}

/** Asks whether to destroy something. Throws `UsageError` if there is nobody to ask. */
async function isConfirmed(
  operation: Operation,
  params: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError(`${commandOf(operation)} destroys something: it needs --yes`);
  const what = operation.operands.map((name) => String(params[name])).join(" ");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(
    `${operation.summary}.\n${commandOf(operation)} ${what}: are you sure? (yes/no) `,
  );
  terminal.close();
  return answer.trim().toLowerCase() === "yes";
}

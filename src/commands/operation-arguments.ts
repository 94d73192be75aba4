// Reads the parameters of an operation from a command line. The options come from the operation's declaration.
import { parseArgs } from "node:util";
import { UsageError } from "../cli/errors.ts";
import type { Operation } from "../operations/operation.ts";
import { type OperationOption, optionsOf } from "../operations/operation-options.ts";

/** Options of every operation. */
const COMMON = {
  json: { type: "boolean" },
  yes: { type: "boolean" },
  config: { type: "string", short: "c" },
  help: { type: "boolean", short: "h" },
} as const;

export interface OperationArguments {
  readonly params: Record<string, unknown>;
  /** Writes the result as JSON. */
  readonly json: boolean;
  /** Destroys without a question. */
  readonly yes: boolean;
  /** The configuration file, if one is named. */
  readonly configFile: string | undefined;
}

/** Reads the words after the name of an operation. Throws `UsageError`. */
export function readOperationArguments(operation: Operation, words: readonly string[]): OperationArguments {
  const options = optionsOf(operation);
  const known = Object.fromEntries(
    options.map(({ name, kind }) => [
      dashed(name),
      {
        type: kind === "flag" ? ("boolean" as const) : ("string" as const),
        multiple: kind === "list" || kind === "pairs",
      },
    ]),
  );
  const { values, positionals } = parse(words, { ...known, ...COMMON });
  const params: Record<string, unknown> = {};
  for (const option of options) {
    const value = values[dashed(option.name)];
    if (value !== undefined) params[option.name] = readValue(option, value);
  }
  for (const [place, text] of positionals.entries()) {
    const option = options.find(({ name }) => name === operation.operands[place]);
    if (!option) throw new UsageError(`unexpected argument "${text}"`);
    params[option.name] = readValue(option, option.kind === "list" ? [text] : text);
  }
  const missing = options.find(({ name, isRequired }) => isRequired && params[name] === undefined);
  if (missing) {
    const isOperand = operation.operands.includes(missing.name);
    throw new UsageError(
      `${commandOf(operation)} needs ${isOperand ? missing.name.toUpperCase() : `--${dashed(missing.name)}`}`,
    );
  }
  const { json = false, yes = false, config } = values;
  return {
    params,
    json: json === true,
    yes: yes === true,
    configFile: typeof config === "string" ? config : undefined,
  };
}

function parse(words: readonly string[], options: NonNullable<Parameters<typeof parseArgs>[0]>["options"]) {
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options: options ?? {} });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readValue({ name, kind }: OperationOption, value: unknown): unknown {
  if (kind === "number") {
    if (!/^-?\d+$/.test(String(value))) throw new UsageError(`--${dashed(name)} needs a whole number`);
    return Number(value);
  }
  if (kind === "pairs") return readPairs(name, [value].flat().map(String));
  if (kind !== "json") return value;
  return readJson(name, String(value));
}

/** Reads `key=value` for each option, where a list is in JSON; or all of them as one object in JSON. */
function readPairs(name: string, words: readonly string[]): unknown {
  const [only = ""] = words;
  if (words.length === 1 && only.startsWith("{")) return readJson(name, only);
  const pairs = words.map((word) => {
    const end = word.indexOf("=");
    if (end < 1) throw new UsageError(`--${dashed(name)} needs KEY=VALUE`);
    const value = word.slice(end + 1);
    return [word.slice(0, end), value.startsWith("[") ? readJson(name, value) : value] as const;
  });
  return Object.fromEntries(pairs);
}

function readJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--${dashed(name)} needs JSON`);
  }
}

/** Returns the words by which the command line calls an operation. */
export const commandOf = ({ name }: Operation): string => name.replaceAll(".", " ");

/** Returns the name of an option for a parameter: maxItems is --max-items. */
export const dashed = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

// Help texts of operations.
import type { Operation } from "../operations/operation.ts";
import { type OperationOption, optionsOf } from "../operations/operation-options.ts";
import { commandOf, dashed } from "./operation-arguments.ts";

/** Writes the help of one operation. */
export function operationHelp(operation: Operation): string {
  const options = optionsOf(operation);
  const operands = operation.operands.map((name) => name.toUpperCase());
  const rows = [
    ...options.map((option): [string, string] => [optionName(operation, option), descriptionOf(option)]),
    ...(operation.effect === "destroys" ? ([["--yes", "Do not ask"]] as [string, string][]) : []),
    ["--json", "Write the result as JSON"] as [string, string],
    ["-c, --config FILE", "Configuration file"] as [string, string],
  ];
  const usage = ["verona", commandOf(operation), ...operands, "[OPTIONS]"].join(" ");
  return `Usage: ${usage}\n\n${operation.summary}.\n\n${columns(rows)}`;
}

/** Writes one line for each operation. */
export const operationList = (operations: readonly Operation[]): string =>
  columns(
    operations.map((operation) => [
      [commandOf(operation), ...operation.operands.map((name) => name.toUpperCase())].join(" "),
      operation.summary,
    ]),
  );

function optionName({ operands }: Operation, { name, kind }: OperationOption): string {
  if (operands.includes(name)) return name.toUpperCase();
  const values = {
    text: " TEXT",
    number: " N",
    flag: "",
    list: " TEXT ...",
    pairs: " KEY=VALUE ...",
    json: " JSON",
  };
  return `--${dashed(name)}${values[kind]}`;
}

const descriptionOf = ({ description, choices, isRequired }: OperationOption): string =>
  [description, choices.length > 0 ? `one of ${choices.join(", ")}` : "", isRequired ? "required" : ""]
    .filter((part) => part !== "")
    .join("; ");

/** Writes pairs in two columns, indented. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows
    .map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd())
    .join("\n")
    .concat("\n");
}

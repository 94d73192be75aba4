// The parameters of operations as options of a command line, fields of a form and rows of the documentation.
import { z } from "zod";
import type { Operation } from "./operation.ts";

/** One parameter. */
export interface OperationOption {
  readonly name: string;
  /** `pairs`: values by name, such as options of a room. */
  readonly kind: "text" | "number" | "flag" | "list" | "pairs" | "json";
  readonly isRequired: boolean;
  readonly description: string;
  readonly choices: readonly string[];
}

/** JSON Schema of a parameter, as far as options need it. */
interface ParameterSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly items?: { readonly type?: string };
  readonly propertyNames?: unknown;
  readonly default?: unknown;
}

/** Returns the options of an operation, operands first. */
export function optionsOf({ params, operands }: Operation): OperationOption[] {
  const schema = z.toJSONSchema(params, { io: "input", unrepresentable: "any" });
  const properties = Object.entries((schema.properties ?? {}) as Record<string, ParameterSchema>);
  const options = properties.map(
    ([name, property]): OperationOption => ({
      name,
      kind: kindOf(property),
      isRequired: (schema.required ?? []).includes(name),
      description: describeParameter(property),
      choices: property.enum ?? [],
    }),
  );
  return options.toSorted((a, b) => rank(operands, a.name) - rank(operands, b.name));
}

const rank = (operands: readonly string[], name: string): number =>
  operands.includes(name) ? operands.indexOf(name) : operands.length;

function describeParameter({ description = "", default: value }: ParameterSchema): string {
  const isShown = value !== undefined && value !== "" && value !== false && JSON.stringify(value) !== "{}";
  return isShown ? `${description} (${JSON.stringify(value)} by default)` : description;
}

function kindOf({ type, items, propertyNames }: ParameterSchema): OperationOption["kind"] {
  if (type === "boolean") return "flag";
  if (type === "integer" || type === "number") return "number";
  if (type === "array" && items?.type === "string") return "list";
  if (type === "object" && propertyNames !== undefined) return "pairs";
  return type === "string" || type === undefined ? "text" : "json";
}

// Checks values against JSON Schema (2020-12), as programs of others would.
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
const checks = new WeakMap<object, ReturnType<typeof ajv.compile>>();

/** Adds a document to which schemas can refer by its name. */
export const addSchema = (document: object, name: string): void => void ajv.addSchema(document, name);

/** Returns what is wrong with a value; undefined if it fits. */
export function schemaProblem(schema: object, value: unknown): string | undefined {
  const check = checks.get(schema) ?? ajv.compile(schema);
  checks.set(schema, check);
  return check(value) ? undefined : ajv.errorsText(check.errors);
}

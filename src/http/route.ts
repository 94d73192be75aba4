// Operations as routes: the address and the parameters of each one come from its declaration.
import { CATALOGUE } from "../operations/catalogue.ts";
import type { Operation } from "../operations/operation.ts";
import { type OperationOption, optionsOf } from "../operations/operation-options.ts";
import { ok, type Result, refuse } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type Method = (typeof METHODS)[number];

export interface Route {
  readonly operation: Operation;
  readonly method: Method;
  /** Path below the prefix, with parameters in braces. */
  readonly path: string;
  readonly inPath: readonly OperationOption[];
  /** Parameters of the query, or fields of the body. */
  readonly others: readonly OperationOption[];
  /** True if the other parameters are in the body, as JSON. */
  readonly hasBody: boolean;
}

/** What all paths of operations begin with. */
export const PREFIX = "/v1";

type Values = Readonly<Record<string, unknown>>;

/** The parts of a request in which parameters are. */
export interface RequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Returns the routes of all operations that the HTTP API has. */
export const routes = (operations: readonly Operation[] = CATALOGUE): Route[] =>
  operations.flatMap((operation) => {
    if (operation.http === undefined) return [];
    const [name, path = ""] = operation.http.split(" ");
    const method = METHODS.find((known) => known === name);
    if (!method) throw new Error(`${operation.name} has an unknown method ${name}`);
    const options = optionsOf(operation);
    const isInPath = (option: OperationOption): boolean => path.includes(`{${option.name}}`);
    return {
      ...{ operation, method, path, hasBody: method !== "GET" && method !== "DELETE" },
      inPath: options.filter(isInPath),
      others: options.filter((option) => !isInPath(option)),
    };
  });

/**
 * Collects the parameters of a request. The operation's own schema checks them; here texts of the address become numbers,
 * booleans and lists. Refuses with `bad-request` what is in the wrong place.
 */
export function readParameters(
  { inPath, others, hasBody }: Route,
  { params, query, body }: RequestParts,
): Result<Record<string, unknown>> {
  const queried = valuesOf(query);
  const given = hasBody ? (body ?? {}) : queried;
  if (!isValues(given)) return refuse(errors.badRequest(say`The body must be a JSON object`));
  if (hasBody && Object.keys(queried).length > 0)
    return refuse(errors.badRequest(say`Parameters of this request belong into the body, as JSON`));
  if (!hasBody && body !== undefined && body !== null)
    return refuse(errors.badRequest(say`Parameters of this request belong into the query`));
  const misplaced = inPath.find(({ name }) => Object.hasOwn(given, name));
  if (misplaced) return refuse(errors.badRequest(say`${misplaced.name}: it is in the path already`));
  const read = new Map(Object.entries(given));
  const fromPath = valuesOf(params);
  for (const { name } of inPath) read.set(name, fromPath[name]);
  for (const option of hasBody ? inPath : [...inPath, ...others]) {
    const value = read.get(option.name);
    if (value === undefined) continue;
    const outcome = fromText(option, value);
    if (outcome.kind === "refused") return outcome;
    read.set(option.name, outcome.value);
  }
  return ok(Object.fromEntries(read));
}

/** Reads a parameter of the address, which is a text, or several if it is repeated. */
function fromText({ name, kind }: OperationOption, value: unknown): Result<unknown> {
  if (kind === "list") return ok(Array.isArray(value) ? value : [value]);
  if (typeof value !== "string") return refuse(errors.badRequest(say`${name}: it may be given once only`));
  switch (kind) {
    case "number":
      if (!/^-?\d{1,15}$/.test(value))
        return refuse(errors.badRequest(say`${name}: expected a whole number`));
      return ok(Number(value));
    case "flag":
      if (value !== "true" && value !== "false")
        return refuse(errors.badRequest(say`${name}: expected true or false`));
      return ok(value === "true");
    case "pairs":
    case "json":
      try {
        return ok(JSON.parse(value));
      } catch {
        return refuse(errors.badRequest(say`${name}: expected JSON`));
      }
    case "text":
      return ok(value);
  }
}

const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const valuesOf = (value: unknown): Values => (isValues(value) ? value : {});

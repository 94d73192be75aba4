// The catalogue of operations, as /openapi.json has it: every form of the console is made of it.

import type { OwnToken, Scope } from "./answers.ts";
import type { Call } from "./api.ts";
import { type Field, fieldsOf, type Schema } from "./form-values.ts";

export interface Operation {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly scope: Scope;
  readonly effect: "reads" | "changes" | "destroys";
  readonly method: string;
  /** Path with parameters in braces. */
  readonly path: string;
  readonly fields: readonly Field[];
}

export type Catalogue = ReadonlyMap<string, Operation>;

interface Described {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly "x-scope"?: Scope;
  readonly "x-effect"?: Operation["effect"];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Schema } } };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

/** Reads the operations of the description, in its order. */
export function readCatalogue({ paths }: OpenApi): Catalogue {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, described]) => {
      const { operationId: name, "x-scope": scope, "x-effect": effect, tags, summary = "" } = described;
      if (name === undefined || scope === undefined || effect === undefined) return [];
      const fields = fieldsIn(described);
      return {
        name,
        summary,
        scope,
        effect,
        group: tags?.[0] ?? name,
        path,
        fields,
        method: method.toUpperCase(),
      };
    }),
  );
  return new Map(operations.map((operation) => [operation.name, operation]));
}

function fieldsIn({ parameters = [], requestBody }: Described): Field[] {
  const inAddress = parameters
    .filter((parameter) => parameter.in !== "header")
    .map(({ name, required, description = "", schema }): Field => {
      return { name, path: name, isRequired: required, schema: { ...schema, description } };
    });
  const body = requestBody?.content["application/json"].schema;
  return [...inAddress, ...(body ? fieldsOf(body, "") : [])];
}

const SCOPES: readonly Scope[] = ["read", "moderate", "admin"];

/** Returns true if a token may call an operation, as far as one can tell before. */
export function mayCall({ scope, rooms }: OwnToken, operation: Operation | undefined): boolean {
  if (!operation || SCOPES.indexOf(scope) < SCOPES.indexOf(operation.scope)) return false;
  return rooms === undefined || operation.fields.some(({ name }) => name === "room");
}

/** Makes the request of an operation. */
export function callOf({ method, path, fields }: Operation, values: Readonly<Record<string, unknown>>): Call {
  const inPath = fields.filter(({ name }) => path.includes(`{${name}}`)).map(({ name }) => name);
  const others = Object.entries(values).filter(([name]) => !inPath.includes(name));
  const address = path.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(String(values[name] ?? "")),
  );
  if (method !== "GET" && method !== "DELETE")
    return { method, path: address, body: Object.fromEntries(others) };
  const query = new URLSearchParams();
  for (const [name, value] of others)
    for (const item of Array.isArray(value) ? value : [value])
      query.append(name, typeof item === "object" ? JSON.stringify(item) : String(item));
  return { method, path: address, query };
}

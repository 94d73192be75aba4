// Values of forms that are made from JSON Schemas: what a field shows, and what its texts mean.

export interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface Field {
  readonly name: string;
  /** Its name with those of the groups around it, such as "set.moderated". */
  readonly path: string;
  readonly isRequired: boolean;
  readonly schema: Schema;
}

/** How a field is shown. */
export type Kind = "group" | "choice" | "flag" | "number" | "choices" | "lines" | "json" | "secret" | "text";

/** Returns the fields of an object, with paths below the given one. */
export function fieldsOf({ properties = {}, required = [] }: Schema, path: string): Field[] {
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, schema, isRequired: required.includes(name) },
    path: path === "" ? name : `${path}.${name}`,
  }));
}

/** Returns how a field is shown. A flag without a value may stay open, so it is a choice. */
export function kindOf({ type, enum: choices, items, properties, format }: Schema): Kind {
  if (choices) return "choice";
  if (type === "boolean") return "flag";
  if (type === "integer" || type === "number") return "number";
  if (type === "array" && items?.enum) return "choices";
  if (type === "array") return items?.type === undefined || items.type === "string" ? "lines" : "json";
  if (type === "object") return properties && Object.keys(properties).length > 0 ? "group" : "json";
  return format === "password" ? "secret" : "text";
}

/** Returns the text of a field for a value, in lines for a list. */
export function textOf(schema: Schema, value: unknown): string {
  if (value === undefined || value === null) return "";
  const kind = kindOf(schema);
  if (kind === "lines" && Array.isArray(value)) return value.join("\n");
  return kind === "json" ? JSON.stringify(value, undefined, 2) : String(value);
}

export type Reading =
  | { readonly kind: "values"; readonly values: Readonly<Record<string, unknown>> }
  | { readonly kind: "problem"; readonly path: string; readonly text: string };

type Values = Readonly<Record<string, unknown>>;

/**
 * Reads the values of fields. `read`: the texts of a path as the form has them. Fields that are empty and were so before, and
 * those that still have their initial value, are left out.
 */
export function readFields(
  fields: readonly Field[],
  read: (path: string) => string[],
  initial: Values,
): Reading {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const { name, path, schema, isRequired } = field;
    const before = initial[name];
    if (kindOf(schema) === "group") {
      const inner = readFields(fieldsOf(schema, path), read, isValues(before) ? before : {});
      if (inner.kind === "problem") return inner;
      if (isRequired || Object.keys(inner.values).length > 0) values[name] = inner.values;
      continue;
    }
    const outcome = readField(field, read(path), before);
    if (outcome.kind === "problem") return outcome;
    const isSame = JSON.stringify(outcome.value) === JSON.stringify(before);
    if (outcome.value !== undefined && (isRequired || !isSame)) values[name] = outcome.value;
  }
  return { kind: "values", values };
}

type FieldReading =
  | { readonly kind: "value"; readonly value: unknown }
  | Extract<Reading, { kind: "problem" }>;

function readField(
  { path, schema, isRequired }: Field,
  texts: readonly string[],
  before: unknown,
): FieldReading {
  const value = (read: unknown): FieldReading => ({ kind: "value", value: read });
  const problem = (text: string): FieldReading => ({ kind: "problem", path, text });
  const [text = ""] = texts;
  switch (kindOf(schema)) {
    case "flag":
      // A box that is not ticked has no text at all.
      if (typeof before === "boolean") return value(texts.length > 0);
      return value(text === "" ? undefined : text === "true");
    case "choices":
      return value(texts.length === 0 && before === undefined && !isRequired ? undefined : texts);
    case "lines": {
      const lines = text.split("\n").map((line) => line.trim());
      const items = lines.filter((line) => line !== "");
      if (items.length === 0 && isRequired) return problem("Write at least one line.");
      return value(items.length === 0 && before === undefined ? undefined : items);
    }
    case "number":
      if (text.trim() === "") return isRequired ? problem("Write a number.") : value(undefined);
      return Number.isSafeInteger(Number(text)) ? value(Number(text)) : problem("Write a whole number.");
    case "json":
      if (text.trim() === "") return isRequired ? problem("Write a value in JSON.") : value(undefined);
      try {
        return value(JSON.parse(text));
      } catch {
        return problem("This is not JSON.");
      }
    default:
      // Browsers send lines with CR LF.
      if (text !== "") return value(text.replaceAll("\r\n", "\n"));
      if (isRequired) return problem("Fill in this field.");
      return value(before === undefined ? undefined : "");
  }
}

/** Finds the field that the detail of a refusal names, such as "user: expected an address". */
export function fieldNamed(fields: readonly Field[], detail: string): Field | undefined {
  const names = detail.split(";", 1)[0]?.split(": ") ?? [];
  const [first, ...rest] = names;
  const field = fields.find(({ name }) => name === first);
  if (!field || names.length < 2) return undefined;
  if (kindOf(field.schema) !== "group") return field;
  return fieldNamed(fieldsOf(field.schema, field.path), rest.join(": "));
}

export const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

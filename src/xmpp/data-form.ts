import { child, children, type Element } from "./element.ts";
import { NS } from "./namespaces.ts";
import { fitting } from "./parts.ts";
import { tag, textTag } from "./tag.ts";
import { inLanguage, type Text, textOf } from "./text.ts";

/** A field of a form that the service offers (XEP-0004 section 3.2). */
export interface FormField {
  readonly var: string;
  readonly type:
    | "boolean"
    | "hidden"
    | "jid-multi"
    | "jid-single"
    | "list-multi"
    | "list-single"
    | "text-multi"
    | "text-private"
    | "text-single";
  readonly label?: Text;
  /** A description in one sentence. */
  readonly desc?: Text;
  /** The range of whole numbers that are allowed (XEP-0122 section 2). */
  readonly range?: { readonly min: number; readonly max: number };
  /** Allows values other than the options (XEP-0122 section 3.2.2). */
  readonly isOpen?: boolean;
  readonly required?: boolean;
  readonly values?: readonly string[];
  readonly options?: readonly { readonly value: string; readonly label: Text }[];
}

/** The beginning of a form. */
export interface FormHead {
  readonly type: "form" | "result";
  readonly formType: string;
  readonly title?: Text;
  readonly instructions?: Text;
}

/** Writes a form with its FORM_TYPE (XEP-0068) in the language of its reader. */
export function writeForm(
  form: FormHead,
  fields: readonly FormField[],
  language: string | undefined,
): string {
  const line = (name: string, text: Text | undefined): string =>
    text === undefined ? "" : textTag(name, inLanguage(text, language));
  const head = line("title", form.title) + line("instructions", form.instructions);
  const all: FormField[] = [{ var: "FORM_TYPE", type: "hidden", values: [form.formType] }, ...fields];
  return tag(
    "x",
    { xmlns: NS.dataForms, type: form.type },
    head + all.map((field) => writeField(field, language)).join(""),
  );
}

function writeField(field: FormField, language: string | undefined): string {
  const desc = field.desc === undefined ? "" : textTag("desc", inLanguage(field.desc, language));
  const required = field.required ? tag("required") : "";
  const values = (field.values ?? []).map((value) => textTag("value", value)).join("");
  const options = (field.options ?? [])
    .map((option) =>
      tag("option", { label: inLanguage(option.label, language) }, textTag("value", option.value)),
    )
    .join("");
  const range = field.range ? writeRange(field.range) : "";
  const content = desc + required + values + options + range + (field.isOpen ? OPEN : "");
  const label = field.label && inLanguage(field.label, language);
  return tag("field", { var: field.var, type: field.type, label }, content);
}

const OPEN = tag("validate", { xmlns: NS.dataValidation, datatype: "xs:string" }, tag("open"));

function writeRange({ min, max }: { readonly min: number; readonly max: number }): string {
  const range = tag("range", { min: String(min), max: String(max) });
  return tag("validate", { xmlns: NS.dataValidation, datatype: "xs:integer" }, range);
}

/**
 * Writes a form of type "result" with several items (XEP-0004 section 3.4), as many as fit into `bytes`. Each row has a
 * value for each field. Returns the form and the number of rows in it.
 */
export function writeTable(
  {
    title,
    names,
    bytes,
  }: { readonly title: Text; readonly names: readonly string[]; readonly bytes: number },
  rows: readonly (readonly string[])[],
  language: string | undefined,
): { readonly payload: string; readonly rows: number } {
  const reported = tag(
    "reported",
    {},
    names.map((name) => tag("field", { var: name, label: inLanguage(headingOf(name), language) })).join(""),
  );
  const write = (row: readonly string[]): string => {
    const cells = names.map((name, i) => tag("field", { var: name }, textTag("value", row[i] ?? "")));
    return tag("item", {}, cells.join(""));
  };
  const items = fitting(rows, write, bytes);
  const content =
    textTag("title", inLanguage(title, language)) + reported + items.map(({ text }) => text).join("");
  return { payload: tag("x", { xmlns: NS.dataForms, type: "result" }, content), rows: items.length };
}

/** Returns the heading of a column: its name without the prefix, such as "Stanza id" for "verona#stanza-id". */
export function headingOf(name: string): Text {
  const words = name.slice(name.indexOf("#") + 1).replace(/[-_]/g, " ");
  return textOf(words.charAt(0).toUpperCase() + words.slice(1));
}

/** A submitted form: its type and the values of each field by name. */
export interface SubmittedForm {
  readonly type: "submit" | "cancel";
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the form inside a query. Undefined if there is none, if it is neither submitted nor cancelled, or if it is
 * submitted with fields but another FORM_TYPE (XEP-0068 section 3).
 */
export function readForm(query: Element, formType: string): SubmittedForm | undefined {
  const form = child(query, "x", NS.dataForms);
  const type = form?.attrs.type;
  if (!form || (type !== "submit" && type !== "cancel")) return undefined;
  const fields = new Map<string, string[]>();
  for (const field of children(form, "field", NS.dataForms)) {
    const name = field.attrs.var;
    if (name)
      fields.set(
        name,
        children(field, "value", NS.dataForms).map((value) => value.getText()),
      );
  }
  if (type === "submit" && fields.size > 0 && fields.get("FORM_TYPE")?.[0] !== formType) return undefined;
  return { type, fields };
}

/** Parses the value of a boolean field (XEP-0004 section 3.3); undefined for any other text. */
export function parseBoolean(text: string | undefined): boolean | undefined {
  if (text === "1" || text === "true") return true;
  if (text === "0" || text === "false") return false;
  return undefined;
}

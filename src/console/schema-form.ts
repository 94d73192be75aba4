// A form made from JSON Schemas.
import { Refusal } from "./api.ts";
import { type Field, fieldNamed, fieldsOf, isValues, kindOf, readFields, textOf } from "./form-values.ts";
import { type Children, html, useEffect, useId, useRef, useState } from "./html.ts";

type Values = Readonly<Record<string, unknown>>;

interface FormProps {
  readonly fields: readonly Field[];
  readonly initial?: Values;
  readonly submitLabel: string;
  readonly isDangerous?: boolean;
  /** A text that the user must type first. */
  readonly confirmation?: string | undefined;
  /** More buttons. */
  readonly children?: Children;
  /** Rejects with `Refusal`. Gets the values that differ from the initial ones. */
  submit(values: Values): Promise<void>;
}

interface Problem {
  readonly path: string | undefined;
  readonly text: string;
}

const CONFIRMATION = " confirmation";

export function SchemaForm({ fields, initial = {}, confirmation, submit, ...looks }: FormProps): Children {
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const values = withDefaults(fields, initial);
  const at = problem?.path;
  useEffect(() => {
    if (!problem) return;
    const field = at === undefined ? undefined : form.current?.elements.namedItem(at);
    const target = field instanceof HTMLElement ? field : form.current?.querySelector('[role="alert"]');
    if (target instanceof HTMLElement) target.focus();
  }, [problem, at]);

  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!form.current || isBusy) return;
    const data = new FormData(form.current);
    const read = (path: string): string[] => data.getAll(path).map(String);
    if (confirmation !== undefined && read(CONFIRMATION)[0]?.trim() !== confirmation)
      return setProblem({ path: CONFIRMATION, text: `Type ${confirmation} to confirm.` });
    const reading = readFields(fields, read, values);
    if (reading.kind === "problem") return setProblem(reading);
    setProblem(undefined);
    setBusy(true);
    try {
      await submit(reading.values);
    } catch (error) {
      const text = error instanceof Refusal ? error.message : String(error);
      setProblem({ path: fieldNamed(fields, text)?.path, text });
    } finally {
      setBusy(false);
    }
  };
  const typed: Field | undefined =
    confirmation === undefined
      ? undefined
      : {
          ...{ name: CONFIRMATION, path: CONFIRMATION, isRequired: true },
          schema: { title: `Type “${confirmation}” to confirm`, type: "string" },
        };
  const isAbove = problem && (at === undefined || !form.current?.elements.namedItem(at));
  return html`<form ref=${form} onSubmit=${send} noValidate class="form">
    ${isAbove && html`<p class="problem" role="alert" tabindex="-1">${problem.text}</p>`}
    ${[...fields, ...(typed ? [typed] : [])].map(
      (field) =>
        html`<${FieldRow} key=${field.path} ...${{ field, id, problem }} value=${values[field.name]} />`,
    )}
    <div class="buttons">
      <button type="submit" class=${looks.isDangerous ? "danger" : "primary"} aria-disabled=${isBusy ? "true" : undefined}>
        ${isBusy ? "Please wait …" : looks.submitLabel}
      </button>
      ${looks.children}
    </div>
  </form>`;
}

/** Completes values by the defaults of the schema. */
function withDefaults(fields: readonly Field[], given: Values): Values {
  const defaults = fields.flatMap(({ name, schema }) =>
    schema.default === undefined ? [] : [[name, schema.default]],
  );
  return { ...Object.fromEntries(defaults), ...given };
}

interface RowProps {
  readonly field: Field;
  readonly value: unknown;
  /** Beginning of the identifiers of elements. */
  readonly id: string;
  readonly problem: Problem | undefined;
}

function FieldRow({ field, value, id, problem }: RowProps): Children {
  const { path, schema, isRequired } = field;
  const kind = kindOf(schema);
  const label = schema.title ?? labelOf(field.name);
  const own = `${id}-${path.trim()}`;
  const isWrong = problem?.path === path;
  const explained = [schema.description, kind === "lines" && "One in each line."]
    .filter(Boolean)
    .join(". ")
    .replace("..", ".");
  const help = html`
    ${explained && html`<p class="help" id=${`${own}-help`}>${explained}</p>`}
    ${isWrong && html`<p class="problem" role="alert" id=${`${own}-problem`}>${problem.text}</p>`}
  `;
  const described = [explained && `${own}-help`, isWrong && `${own}-problem`].filter(Boolean).join(" ");
  const common = {
    ...{ id: own, name: path },
    ...(described !== "" && { "aria-describedby": described }),
    ...(isWrong && { "aria-invalid": "true" }),
    ...(isRequired && { "aria-required": "true" }),
  };
  const required = isRequired && html`<span class="required"> (required)</span>`;

  if (kind === "group") {
    const inner = isValues(value) ? value : {};
    return html`<fieldset><legend>${label}</legend>${help}
      ${fieldsOf(schema, path).map(
        (part) =>
          html`<${FieldRow} key=${part.path} field=${part} ...${{ id, problem }} value=${inner[part.name]} />`,
      )}</fieldset>`;
  }
  if (kind === "choices") {
    const chosen = Array.isArray(value) ? value : [];
    return html`<fieldset aria-describedby=${described || undefined}><legend>${label}${required}</legend>${help}
      <div class="choices">${schema.items?.enum?.map(
        (item) => html`<label key=${item}>
          <input type="checkbox" name=${path} value=${item} defaultChecked=${chosen.includes(item)} /> ${item}
        </label>`,
      )}</div></fieldset>`;
  }
  if (kind === "flag" && typeof value === "boolean")
    return html`<div class="field flag">
      <label for=${own}><input type="checkbox" value="true" defaultChecked=${value} ...${common} /> ${label}</label>${help}
    </div>`;
  return html`<div class="field"><label for=${own}>${label}${required}</label>${help}${control(field, value, common)}</div>`;
}

/** Makes the control of a field with one text. */
function control({ schema, isRequired, name }: Field, value: unknown, common: Values): Children {
  const text = textOf(schema, value);
  const kind = kindOf(schema);
  if (kind === "choice" || kind === "flag") {
    const choices = schema.enum ?? ["true", "false"];
    const isOpen = !isRequired && value === undefined;
    return html`<select ...${common}>
      ${(isOpen || (isRequired && text === "")) && html`<option value="">${isRequired ? "Choose …" : "Not set"}</option>`}
      ${choices.map(
        (choice) => html`<option key=${choice} value=${choice} selected=${choice === text}>
        ${kind === "flag" ? (choice === "true" ? "Yes" : "No") : choice}</option>`,
      )}
    </select>`;
  }
  if (kind === "lines" || kind === "json" || isLong(name, schema, text))
    return html`<textarea rows=${kind === "lines" ? 3 : 4} defaultValue=${text} spellcheck=${kind === "text"} ...${common}></textarea>`;
  if (kind === "number")
    return html`<input type="text" inputmode="numeric" defaultValue=${text} autocomplete="off" ...${common} />`;
  return html`<input type=${kind === "secret" ? "password" : "text"} defaultValue=${text} autocomplete=${
    kind === "secret" ? "new-password" : "off"
  } ...${common} />`;
}

const isLong = (name: string, { maxLength = 0 }: Field["schema"], text: string): boolean =>
  (maxLength > 10_000 && name !== "url") || /text|question/i.test(name) || text.includes("\n");

/** Returns the name of a parameter in words. */
export function labelOf(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

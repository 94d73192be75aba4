// Operations of the catalogue as ad-hoc commands of the service (XEP-0050).
import {
  badPayload,
  type Command,
  type CommandFields,
  type CommandReply,
  completed,
} from "../muc/administration/commands.ts";
import { CATALOGUE } from "../operations/catalogue.ts";
import type { Operation, OperationOutcome } from "../operations/operation.ts";
import { type OperationOption, optionsOf } from "../operations/operation-options.ts";
import { resultText } from "../operations/result-text.ts";
import { type FormField, parseBoolean, writeForm } from "../xmpp/data-form.ts";
import { ok, type Result, refuse } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say, textOf } from "../xmpp/text.ts";
import { forServiceAdmins, type ServiceRequest } from "./service-request.ts";

/** Operations that have a command of their own, with the form of XEP-0133 or of the room. */
const HAVE_OWN = ["rooms.list", "room.destroy", "status", "announce", "counters"];
/** The field that must be set before something is destroyed. */
const CONFIRM = "verona#confirm";
const NOT_HERE = errors.serviceUnavailable(say`This process runs no operations`);

/** Every other operation that is not for the command line alone. */
export const OPERATION_COMMANDS: readonly Command<ServiceRequest>[] = CATALOGUE.filter(
  ({ name, http }) => http !== undefined && !HAVE_OWN.includes(name),
).map(commandFor);

function commandFor(operation: Operation): Command<ServiceRequest> {
  const node = `verona#${operation.name}`;
  const options = optionsOf(operation);
  return {
    node,
    name: textOf(operation.summary),
    refuse: forServiceAdmins,
    ...((options.length > 0 || operation.effect === "destroys") && {
      form: {
        type: node,
        title: textOf(operation.summary),
        fields: () => fieldsOf(operation),
      },
    }),
    run({ operations, stanza }, fields) {
      if (!operations) return refuse(NOT_HERE);
      if (operation.effect === "destroys" && parseBoolean(fields.get(CONFIRM)?.[0]) !== true)
        return refuse(badPayload(say`This destroys something: confirm it`));
      const params = readParams(options, fields);
      if (params.kind === "refused") return params;
      const caller = { jid: stanza.from, name: stanza.from.bare };
      return {
        kind: "read",
        read: async () =>
          reply(node, await operations.run(operation.name, params.value, caller), stanza.language),
      };
    },
  };
}

function fieldsOf(operation: Operation): FormField[] {
  const fields = optionsOf(operation).map(fieldOf);
  if (operation.effect !== "destroys") return fields;
  return [
    ...fields,
    { var: CONFIRM, type: "boolean", label: say`Destroy it`, required: true, values: ["0"] },
  ];
}

function fieldOf({ name, kind, isRequired, description, choices }: OperationOption): FormField {
  const types = {
    text: "text-single",
    number: "text-single",
    flag: "boolean",
    list: "text-multi",
    pairs: "text-multi",
    json: "text-multi",
  } as const;
  const text = textOf(description.trim() === "" ? name : description.trim());
  return {
    var: name,
    type: choices.length > 0 ? "list-single" : types[kind],
    label: kind === "json" || kind === "pairs" ? say`${text} (JSON)` : text,
    ...(isRequired && { required: true }),
    ...(choices.length > 0 && { options: choices.map((value) => ({ value, label: textOf(value) })) }),
  };
}

/** Reads the parameters of a form. Empty fields are left out. */
function readParams(
  options: readonly OperationOption[],
  fields: CommandFields,
): Result<Record<string, unknown>> {
  const params: Record<string, unknown> = {};
  for (const { name, kind } of options) {
    const lines = (fields.get(name) ?? []).filter((line) => line.trim() !== "");
    const text = lines.join("\n").trim();
    if (text === "") continue;
    if (kind === "json" || kind === "pairs") {
      try {
        params[name] = JSON.parse(text);
      } catch {
        return refuse(badPayload(say`${name}: expected JSON`));
      }
    } else if (kind === "list") params[name] = lines.map((line) => line.trim());
    else if (kind === "flag") params[name] = parseBoolean(text);
    else params[name] = kind === "number" ? Number(text) : text;
  }
  return ok(params);
}

async function reply(
  node: string,
  outcome: OperationOutcome,
  language: string | undefined,
): Promise<CommandReply> {
  switch (outcome.kind) {
    case "refused":
      return outcome;
    case "result":
      return shown(node, resultText(outcome.value), language);
    case "stream":
      return shown(node, await firstLines(outcome.lines), language);
  }
}

/** Longest text of a result in characters. A stanza has a limit; the other doors show all. */
const MOST_CHARACTERS = 50_000;

function shown(node: string, text: string, language: string | undefined): CommandReply {
  const isCut = text.length > MOST_CHARACTERS;
  const lines = text
    .slice(0, MOST_CHARACTERS)
    .split("\n")
    .filter((line) => line !== "");
  if (lines.length === 0) return completed({ note: say`Done` });
  const fields: FormField[] = [
    { var: "verona#result", type: "text-multi", label: say`Result`, values: lines },
  ];
  const payload = writeForm({ type: "result", formType: node, title: say`Result` }, fields, language);
  return completed({ payload, note: isCut ? say`Done; the result is longer than this` : say`Done` });
}

async function firstLines(lines: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const line of lines) {
    text += `${JSON.stringify(line)}\n`;
    if (text.length > MOST_CHARACTERS) break;
  }
  return text;
}

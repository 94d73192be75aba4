// Ad-hoc commands (XEP-0050): the common part of commands of rooms and of the service. Commands have no state between
// stages: the form contains everything, and each stage checks permissions. So session identifiers are only returned,
// and clients may submit a form without requesting it first.
import { type FormField, readForm, writeForm } from "../../xmpp/data-form.ts";
import { child, type Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { type Refused, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { inLanguage, languageFor, say, type Text } from "../../xmpp/text.ts";
import { type AnsweredLater, type IqOutcome, type IqReply, read, result } from "../model/outcome.ts";
import { type Awaitable, type Records, whenReady } from "../model/records.ts";
import { MAX_BYTES } from "../model/size-limits.ts";

/** Values of a submitted form by field. */
export type CommandFields = ReadonlyMap<string, readonly string[]>;

/** Returns the trimmed value of a field with one value, or "" without a value. */
export const fieldValue = (fields: CommandFields, name: string): string =>
  fields.get(name)?.[0]?.trim() ?? "";

/** A completed command, with a payload (markup) and a text for users. */
export interface Completed {
  readonly kind: "completed";
  readonly payload?: string;
  readonly note?: Text;
}

/** A command that continues with a further form (markup). */
export interface NextForm {
  readonly kind: "executing";
  readonly form: string;
}

export type CommandReply = Completed | NextForm | Refused;

/** An immediate reply, or one that needs the store. */
export type CommandOutcome =
  | CommandReply
  | { readonly kind: "read"; read(records: Records): Awaitable<CommandReply> }
  | AnsweredLater;

/** The stanza of a call, and how a command that answers later makes its reply. */
export interface CommandCall {
  readonly stanza: Stanza;
  finish(reply: CommandReply): IqReply;
}

/** Completes a command. */
export const completed = (content: Omit<Completed, "kind"> = {}): Completed => ({
  kind: "completed",
  ...content,
});

/** The form of a command. */
export interface CommandForm<Context> {
  /** FORM_TYPE. */
  readonly type: string;
  readonly title: Text;
  instructions?(context: Context): Text;
  fields(context: Context): readonly FormField[];
  /** FORM_TYPE of the second form in a command of two stages. */
  readonly next?: string;
}

/** A command. `Context` has its target and its requester. */
export interface Command<Context> {
  readonly node: string;
  readonly name: Text;
  /** Returns an error if the requester may not run it. */
  refuse(context: Context): StanzaError | undefined;
  /** The first form. A command without a form runs at once. */
  readonly form?: CommandForm<Context>;
  run(context: Context, fields: CommandFields, call: CommandCall): CommandOutcome;
}

/** Answers a `command` element. The errors are those of XEP-0050 section 4.4. */
export function handleCommand<Context>(
  commands: readonly Command<Context>[],
  context: Context,
  stanza: Stanza,
  request: Element,
  newId: () => string,
): IqOutcome {
  const { node, action = "execute", sessionid } = request.attrs;
  const { language } = stanza;
  if (stanza.type !== "set") return refuse(errors.badRequest(say`Commands need an IQ of type set`));
  const command = commands.find((known) => known.node === node);
  if (!command) return refuse(errors.itemNotFound(say`There is no such command`));
  const refusal = command.refuse(context);
  if (refusal) return refuse(refusal);
  if (sessionid === "" || escapedBytes(sessionid ?? "") > MAX_BYTES.token)
    return refuse(
      specific("bad-sessionid", say`A session identifier must have 1 to ${MAX_BYTES.token} bytes`),
    );
  const answer = (status: string, content = ""): IqReply => {
    const attributes = {
      xmlns: NS.commands,
      node,
      sessionid: sessionid ?? newId(),
      status,
      "xml:lang": languageFor(language),
    };
    return result(tag("command", attributes, content));
  };
  if (action === "cancel") return answer("canceled");
  if (action === "prev" || (action === "next" && command.form?.next === undefined))
    return refuse(specific("bad-action", say`This command has no such stage`));
  if (action !== "execute" && action !== "complete" && action !== "next")
    return refuse(specific("malformed-action", say`There is no such action`));
  const isFirst = action === "execute" && sessionid === undefined && !child(request, "x", NS.dataForms);
  if (command.form && isFirst) {
    const nextAction = command.form.next === undefined ? "complete" : "next";
    return answer("executing", writeActions(nextAction) + writeCommandForm(command.form, context, language));
  }
  const fields = command.form ? readFields(request, command.form) : new Map();
  if (!fields) return refuse(badPayload(say`This command needs its submitted form`));
  const finish = (reply: CommandReply): IqReply => {
    if (reply.kind === "refused") return reply;
    if (reply.kind === "executing") return answer("executing", writeActions("complete") + reply.form);
    const note =
      reply.note === undefined ? "" : textTag("note", inLanguage(reply.note, language), { type: "info" });
    return answer("completed", note + (reply.payload ?? ""));
  };
  const outcome = command.run(context, fields, { stanza, finish });
  if (outcome.kind === "later") return outcome;
  if (outcome.kind !== "read") return finish(outcome);
  return read((records) => whenReady(outcome.read(records), finish));
}

function writeCommandForm<Context>(
  form: CommandForm<Context>,
  context: Context,
  language: string | undefined,
): string {
  const instructions = form.instructions?.(context);
  const head = {
    type: "form",
    formType: form.type,
    title: form.title,
    ...(instructions && { instructions }),
  } as const;
  return writeForm(head, form.fields(context), language);
}

/** Writes the one allowed action, which is also the default. */
const writeActions = (action: "next" | "complete"): string =>
  tag("actions", { execute: action }, tag(action));

function readFields<Context>(request: Element, form: CommandForm<Context>): CommandFields | undefined {
  const first = readForm(request, form.type);
  const read = first ?? (form.next === undefined ? undefined : readForm(request, form.next));
  return read?.fields;
}

/** Writes the commands that the requester may run as items of the node `http://jabber.org/protocol/commands`. */
export function commandItems<Context>(
  commands: readonly Command<Context>[],
  context: Context,
  jid: string,
  language: string | undefined,
): string {
  return commands
    .filter((command) => command.refuse(context) === undefined)
    .map(({ node, name }) => tag("item", { jid, node, name: inLanguage(name, language) }))
    .join("");
}

/** Writes identity and features of the node of commands or of one command; undefined for other nodes. */
export function commandInfo<Context>(
  commands: readonly Command<Context>[],
  node: string,
  language: string | undefined,
): string | undefined {
  if (node === NS.commands)
    return tag("identity", {
      category: "automation",
      type: "command-list",
      name: inLanguage(say`Commands`, language),
    });
  const command = commands.find((known) => known.node === node);
  if (!command) return undefined;
  const identity = tag("identity", {
    category: "automation",
    type: "command-node",
    name: inLanguage(command.name, language),
  });
  const features = [NS.commands, NS.dataForms].map((feature) => tag("feature", { var: feature }));
  return identity + features.join("");
}

/** Makes a forbidden error with the type of XEP-0050 section 4.4, which differs from that of RFC 6120. */
export const commandForbidden = (text: Text): StanzaError => ({
  ...errors.forbidden(text),
  type: "cancel",
});

/** Makes the error for a form with missing or invalid values. */
export const badPayload = (text: Text): StanzaError => specific("bad-payload", text);

const specific = (condition: string, text: Text): StanzaError => ({
  ...errors.badRequest(text),
  specific: tag(condition, { xmlns: NS.commands }),
});

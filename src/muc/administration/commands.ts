// Ad-hoc commands (XEP-0050): what is the same for every command, of a room or of the service. Nothing is remembered
// between the stages of a command: its form carries all there is, and rights are judged each time. So a session
// identifier is only given back, and whoever knows a form may send it at once.
import { readForm } from "../../xmpp/data-form.ts";
import { child, type Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { type Refused, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { LONGEST } from "../model/lengths.ts";
import { type IqOutcome, type IqReply, read, result } from "../model/outcome.ts";
import { type Awaitable, type Records, whenReady } from "../model/records.ts";

/** The values of a submitted form by the names of its fields. */
export type CommandFields = ReadonlyMap<string, readonly string[]>;

/** A command is completed, with a payload (markup) and a text for people. */
export interface Completed {
  readonly kind: "completed";
  readonly payload?: string;
  readonly note?: string;
}

/** A command goes on with a further form (markup). */
export interface NextForm {
  readonly kind: "executing";
  readonly form: string;
}

export type CommandReply = Completed | NextForm | Refused;

/** A reply at once, or one that is read from the store. */
export type CommandOutcome =
  | CommandReply
  | { readonly kind: "read"; read(records: Records): Awaitable<CommandReply> };

/** Completes a command. */
export const completed = (content: Omit<Completed, "kind"> = {}): Completed => ({
  kind: "completed",
  ...content,
});

/** The form of a command: its FORM_TYPE, and how it is written. */
export interface CommandForm<Context> {
  readonly type: string;
  write(context: Context): string;
  /** The FORM_TYPE of the form that `run` asks for next, in a command of two stages. */
  readonly next?: string;
}

/** A command; `Context` is what it works on and who asks. */
export interface Command<Context> {
  readonly node: string;
  /** For people. */
  readonly name: string;
  /** Why the requester may not run it; undefined where it may. */
  refuse(context: Context): StanzaError | undefined;
  /** The form that is to be filled in first; a command without one runs at once. */
  readonly form?: CommandForm<Context>;
  run(context: Context, fields: CommandFields): CommandOutcome;
}

/** Answers a `command` element; refusals are those of XEP-0050 section 4.4. */
export function handleCommand<Context>(
  commands: readonly Command<Context>[],
  context: Context,
  stanza: Stanza,
  request: Element,
  newId: () => string,
): IqOutcome {
  const { node, action = "execute", sessionid } = request.attrs;
  if (stanza.type !== "set") return refuse(errors.badRequest("Commands need an IQ of type set"));
  const command = commands.find((known) => known.node === node);
  if (!command) return refuse(errors.itemNotFound("There is no such command"));
  const refusal = command.refuse(context);
  if (refusal) return refuse(refusal);
  if (sessionid === "" || escapedBytes(sessionid ?? "") > LONGEST.token)
    return refuse(specific("bad-sessionid", `A session identifier must have 1 to ${LONGEST.token} bytes`));
  const answer = (status: string, content = ""): IqReply => {
    const attributes = {
      xmlns: NS.commands,
      node,
      sessionid: sessionid ?? newId(),
      status,
      "xml:lang": "en",
    };
    return result(tag("command", attributes, content));
  };
  if (action === "cancel") return answer("canceled");
  if (action === "prev" || (action === "next" && command.form?.next === undefined))
    return refuse(specific("bad-action", "This command has no such stage"));
  if (action !== "execute" && action !== "complete" && action !== "next")
    return refuse(specific("malformed-action", "There is no such action"));
  const isFirst = action === "execute" && sessionid === undefined && !child(request, "x", NS.dataForms);
  if (command.form && isFirst) {
    const ahead = command.form.next === undefined ? "complete" : "next";
    return answer("executing", writeActions(ahead) + command.form.write(context));
  }
  const fields = command.form ? readFields(request, command.form) : new Map();
  if (!fields) return refuse(badPayload("This command needs its submitted form"));
  const finish = (reply: CommandReply): IqReply => {
    if (reply.kind === "refused") return reply;
    if (reply.kind === "executing") return answer("executing", writeActions("complete") + reply.form);
    const note = reply.note === undefined ? "" : textTag("note", reply.note, { type: "info" });
    return answer("completed", note + (reply.payload ?? ""));
  };
  const outcome = command.run(context, fields);
  if (outcome.kind !== "read") return finish(outcome);
  return read((records) => whenReady(outcome.read(records), finish));
}

/** The action that goes on, which is also the one that "execute" stands for. */
const writeActions = (action: "next" | "complete"): string =>
  tag("actions", { execute: action }, tag(action));

function readFields<Context>(request: Element, form: CommandForm<Context>): CommandFields | undefined {
  const first = readForm(request, form.type);
  const read = first ?? (form.next === undefined ? undefined : readForm(request, form.next));
  return read?.fields;
}

/** The items of the node `http://jabber.org/protocol/commands`: what the requester may run. */
export function commandItems<Context>(
  commands: readonly Command<Context>[],
  context: Context,
  jid: string,
): string {
  return commands
    .filter((command) => command.refuse(context) === undefined)
    .map(({ node, name }) => tag("item", { jid, node, name }))
    .join("");
}

/** Identity and features of the list of commands or of one of them, by node; undefined where it is neither. */
export function commandInfo<Context>(
  commands: readonly Command<Context>[],
  node: string,
): string | undefined {
  if (node === NS.commands)
    return tag("identity", { category: "automation", type: "command-list", name: "Commands" });
  const command = commands.find((known) => known.node === node);
  if (!command) return undefined;
  const identity = tag("identity", { category: "automation", type: "command-node", name: command.name });
  const features = [NS.commands, NS.dataForms].map((feature) => tag("feature", { var: feature }));
  return identity + features.join("");
}

/** XEP-0050 section 4.4 gives this condition another type than RFC 6120 does. */
export const commandForbidden = (text: string): StanzaError => ({
  ...errors.forbidden(text),
  type: "cancel",
});

/** A form that lacks what it needs, or holds what cannot be. */
export const badPayload = (text: string): StanzaError => specific("bad-payload", text);

const specific = (condition: string, text: string): StanzaError => ({
  ...errors.badRequest(text),
  specific: tag(condition, { xmlns: NS.commands }),
});

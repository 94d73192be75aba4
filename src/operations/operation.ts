// Operations: what an operator can do with the running service. Each is declared once; the command line, the HTTP API, the
// ad-hoc commands and docs/operations.md are made from the declarations.
import type { z } from "zod";
import { cleanXmlText } from "../xmpp/escape.ts";
import type { Jid } from "../xmpp/jid.ts";
import { type Refused, type Result, refuse } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { verbatim } from "../xmpp/text.ts";
import type { OperationService } from "./operation-service.ts";
import type { Scope } from "./scope.ts";

/** Calls operations. Rooms treat the address as an administrator of the service; the name is for the log. */
export interface Caller {
  readonly jid: Jid;
  readonly name: string;
}

/** Reads, changes what can be changed back, or destroys: the last is asked for twice. */
export type OperationEffect = "reads" | "changes" | "destroys";

/** Error conditions of operations (RFC 6120 section 8.3.3). Every operation may also refuse with `COMMON_REFUSALS`. */
export type Refusal =
  | "conflict"
  | "forbidden"
  | "gone"
  | "item-not-found"
  | "jid-malformed"
  | "not-acceptable"
  | "not-allowed"
  | "policy-violation"
  | "resource-constraint"
  | "service-unavailable";

export const COMMON_REFUSALS = ["bad-request", "internal-server-error"] as const;

interface Declaration {
  /** Group and verb, such as "room.show": the words of the command line. */
  readonly name: string;
  /** One sentence for operators, without a full stop. */
  readonly summary: string;
  readonly scope: Scope;
  readonly effect: OperationEffect;
  /** Method and path of the HTTP API; parameters in braces. Undefined if only the command line has the operation. */
  readonly http: string | undefined;
  /** Parameters that the command line takes by place, in this order. */
  readonly operands: readonly string[];
  readonly params: z.ZodObject;
  /** Shape of the result; of one line, if the result is a stream. */
  readonly result: z.ZodType;
  /** True if the result is a sequence of lines. */
  readonly isStream: boolean;
  readonly refusals: readonly Refusal[];
}

export type OperationOutcome =
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "stream"; readonly lines: AsyncIterable<unknown> }
  | Refused;

export interface Operation extends Declaration {
  /**
   * Checks the parameters and runs the operation. Resolves when its changes are committed. A parameter that does not fit is
   * refused with `bad-request`.
   */
  call(service: OperationService, params: unknown, caller: Caller): Promise<OperationOutcome>;
}

interface Definition<P extends z.ZodObject, R extends z.ZodType, Value>
  extends Omit<Declaration, "params" | "result" | "isStream"> {
  readonly params: P;
  readonly result: R;
  run(service: OperationService, params: z.output<P>, caller: Caller): Promise<Result<Value>>;
}

/** Declares an operation with one result. */
export const operation = <P extends z.ZodObject, R extends z.ZodType>(
  definition: Definition<P, R, z.input<R>>,
): Operation => ({
  ...definition,
  isStream: false,
  call: checked(definition, (value) => ({ kind: "result", value })),
});

/** Declares an operation whose result is a sequence of lines. */
export const streamOperation = <P extends z.ZodObject, R extends z.ZodType>(
  definition: Definition<P, R, AsyncIterable<z.input<R>>>,
): Operation => ({
  ...definition,
  isStream: true,
  call: checked(definition, (lines) => ({ kind: "stream", lines })),
});

function checked<P extends z.ZodObject, R extends z.ZodType, Value>(
  { params, run }: Definition<P, R, Value>,
  wrap: (value: Value) => OperationOutcome,
): Operation["call"] {
  return async (service, given, caller) => {
    const read = params.safeParse(given);
    if (!read.success) return refuse(errors.badRequest(verbatim(problemsOf(read.error))));
    const outcome = await run(service, cleaned(read.data), caller);
    return outcome.kind === "refused" ? outcome : wrap(outcome.value);
  };
}

/**
 * Replaces characters that XML forbids, in all texts of checked parameters: JSON may have them, stanzas and the store
 * cannot.
 */
function cleaned<T>(value: T): T;
function cleaned(value: unknown): unknown {
  if (typeof value === "string") return cleanXmlText(value);
  if (Array.isArray(value)) return value.map((item) => cleaned(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleaned(item)]));
}

/** Describes what is wrong with parameters, for people. */
function problemsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
}

// What goes over the control socket: one request, then lines of a result, then the end.
import { z } from "zod";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { inEnglish, say } from "../xmpp/text.ts";

/** `by` is the name of the user who runs the command, for the log. */
export const controlRequest = z.strictObject({
  operation: z.string(),
  params: z.record(z.string(), z.unknown()),
  by: z.string(),
});
export type ControlRequest = z.output<typeof controlRequest>;

/** One value of a stream, the result of an operation, or its refusal. The last two end the answer. */
const controlLine = z.union([
  z.strictObject({ line: z.unknown() }),
  z.strictObject({ result: z.unknown() }),
  z.strictObject({ condition: z.string(), text: z.string() }),
]);
export type ControlLine = z.output<typeof controlLine>;

/** Writes the refusal of a request. */
export const writeRefusal = ({ condition, text }: StanzaError): string =>
  JSON.stringify({ condition, text: text ? inEnglish(text) : condition } satisfies ControlLine);

/** Reads a request. Returns undefined if it is none. */
export function readRequest(text: string): ControlRequest | undefined {
  const read = controlRequest.safeParse(jsonOf(text));
  return read.success ? read.data : undefined;
}

/** Reads a line of an answer. Throws if it is none. */
export const readLine = (text: string): ControlLine => controlLine.parse(jsonOf(text));

export const NO_REQUEST = errors.badRequest(say`This is no request for an operation`);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

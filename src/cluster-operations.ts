// Operations on rooms of other nodes, as messages between nodes.
import { z } from "zod";
import type { OperationOutcome } from "./operations/operation.ts";
import type { OperationCall } from "./operations/other-processes.ts";
import { refuse } from "./xmpp/result.ts";
import { errors } from "./xmpp/stanza-error.ts";
import { say, type Text } from "./xmpp/text.ts";

const call = z.strictObject({
  what: z.literal("operation"),
  name: z.string(),
  params: z.record(z.string(), z.unknown()),
  jid: z.string(),
  by: z.string(),
});

const text: z.ZodType<Text> = z.strictObject({
  english: z.string(),
  values: z.array(z.union([z.string(), z.number(), z.lazy(() => text)])),
});

const outcome = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("elsewhere") }),
  z.strictObject({ kind: z.literal("result"), value: z.unknown() }),
  z.strictObject({
    kind: z.literal("refused"),
    error: z.object({
      type: z.enum(["auth", "cancel", "modify", "wait"]),
      condition: z.string(),
      text: text.optional(),
      content: z.string().exactOptional(),
      specific: z.string().exactOptional(),
    }),
  }),
]);

/** Largest result in characters. The XMPP server between nodes limits stanzas. */
const LARGEST_RESULT = 200_000;
const TOO_LARGE = errors.resourceConstraint(say`The result is too large: ask the node that serves this room`);

export const writeCall = (given: OperationCall): string => JSON.stringify({ what: "operation", ...given });

/** Reads a call; undefined if it is another question. */
export function readCall(body: string): OperationCall | undefined {
  return call.safeParse(jsonOf(body)).data;
}

/** Writes what has become of a call; undefined says that this node does not serve the room. */
export function writeOutcome(given: OperationOutcome | undefined): string {
  if (!given) return JSON.stringify({ kind: "elsewhere" });
  const text = given.kind === "stream" ? undefined : JSON.stringify(given);
  return text === undefined || text.length > LARGEST_RESULT ? JSON.stringify(refuse(TOO_LARGE)) : text;
}

/** Reads what has become of a call; undefined if the node does not serve the room. */
export function readOutcome(body: string): OperationOutcome | undefined {
  const read = outcome.safeParse(jsonOf(body)).data;
  if (!read || read.kind === "elsewhere") return undefined;
  if (read.kind === "result") return { kind: "result", value: read.value };
  return refuse({ ...read.error, text: read.error.text });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

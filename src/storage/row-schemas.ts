// Checks rows of a database when they are read. Somebody may have edited or damaged the database, and its content decides
// who may enter a room and becomes part of the stream.
import { z } from "zod";
import { ACT_KINDS } from "../muc/model/act.ts";
import { AFFILIATIONS, ROLES } from "../muc/model/affiliation.ts";
import { EXTRA_KINDS } from "../muc/model/journal.ts";
import { boundedReason } from "../muc/model/reason.ts";
import { roomConfigSchema } from "../muc/model/room-config-schema.ts";
import { boundedSubject } from "../muc/model/subject.ts";
import { parseJid } from "../xmpp/jid.ts";
import { isElements } from "../xmpp/well-formed.ts";
import { StorageError } from "./store.ts";

/** Gets a description of each damaged row, which is left out. */
export type OnDamage = (problem: string) => void;

export const text = z.string();
export const optional = text.nullish().transform((value) => value ?? undefined);
/** Milliseconds since 1970. PostgreSQL sends large numbers as text. */
export const time = z.union([z.number(), text.regex(/^\d{1,16}$/).transform(Number)]).pipe(z.int().min(0));
export const optionalTime = time.nullish().transform((value) => value ?? undefined);
const markup = text.refine(isElements, { error: "expected well-formed XML elements" });
const address = text.refine((jid) => parseJid(jid) !== undefined, { error: "expected a JID" });

/** Drops fields of earlier versions. */
export const configRow = roomConfigSchema.strip().extend({
  /** A field of earlier versions: false switched off all invitations, also those of members. */
  allowInvites: z.boolean().exactOptional(),
});

/** What the public list shows of a configuration. To parse the rest would take most of the time of a page. */
export const listedConfigRow = roomConfigSchema
  .pick({
    name: true,
    description: true,
    language: true,
    membersOnly: true,
    passwordProtected: true,
    whois: true,
  })
  .strip();

export const subjectRow = z
  .object({
    text,
    nick: text,
    at: time,
    message: z
      .object({
        id: text,
        stanzaId: text,
        occupantId: text,
        language: optional,
        subjects: markup,
      })
      .exactOptional(),
  })
  .transform(boundedSubject);

export const affiliationRow = z.object({
  jid: text.min(1),
  affiliation: z.enum(AFFILIATIONS).exclude(["none"]),
  reason: optional.transform((reason) => reason && boundedReason(reason)),
  nick: optional,
  until: optionalTime,
});

export const sessionRow = z.object({
  jid: address,
  nick: text.min(1),
  role: z.enum(ROLES).exclude(["none"]),
  payload: markup,
  language: optional,
});

export const noteRow = z.object({ name: text, text });

export const destroyedRow = z.object({
  node: text.min(1),
  venue: z.union([z.literal("").transform(() => undefined), address]),
  reason: optional,
  members: z.array(text).optional(),
  reserved_until: time,
});

export const actRow = z.object({
  /** PostgreSQL sends large numbers as text. */
  id: time,
  node: text,
  at: time,
  kind: z.enum(ACT_KINDS),
  by_jid: optional,
  target: optional,
  reason: optional,
  rule: optional,
  detail: optional,
});

export const messageRow = z.object({
  kind: z.enum(["discussion", "subject", "other", ...EXTRA_KINDS]),
  stanza_id: text.min(1),
  at: time,
  nick: text,
  jid: text,
  occupant_id: text,
  affiliation: z.enum(AFFILIATIONS),
  role: z.enum(ROLES),
  id: text,
  language: optional,
  corrects: optional,
  payload: markup,
  search_text: optional,
  to_nick: optional,
  to_jid: optional,
  message_type: optional,
});

/** Parses a value. Throws `StorageError` that names `what` if it is damaged. */
export function read<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join(".") ?? "";
  throw new StorageError(`${what} is damaged: ${place === "" ? "" : `${place}: `}${issue?.message}`);
}

/** Parses a JSON text. Throws as `read` does. */
export function readJson<S extends z.ZodType>(schema: S, json: unknown, what: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(String(json));
  } catch (error) {
    throw new StorageError(`${what} is damaged: ${error instanceof Error ? error.message : error}`);
  }
  return read(schema, value, what);
}

/** Reads rows. Leaves out damaged ones, and reports them to `onDamage`. */
export const readable = <R, T>(rows: readonly R[], readRow: (row: R) => T, onDamage: OnDamage): T[] =>
  rows.flatMap((row) => {
    const value = attempt(() => readRow(row), onDamage);
    return value === undefined ? [] : [value];
  });

/** Runs `action`. Returns undefined for a `StorageError`, and reports it to `onDamage`. */
export function attempt<T>(action: () => T, onDamage: OnDamage): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    onDamage(error.message);
    return undefined;
  }
}

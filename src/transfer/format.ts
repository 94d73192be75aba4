// The lines of an export (docs/transfer.md).
import { z } from "zod";
import { ACT_KINDS } from "../muc/model/act.ts";
import { AFFILIATIONS, ROLES } from "../muc/model/affiliation.ts";
import { keyedAffiliations } from "../muc/model/affiliation-keys.ts";
import { EXTRA_KINDS } from "../muc/model/journal.ts";
import { roomConfigSchema } from "../muc/model/room-config-schema.ts";
import { noteProblem } from "../muc/service/notes.ts";
import { accountOf, type Jid, normalizeLocal, normalizeResource, parseJid } from "../xmpp/jid.ts";
import { readMarkup, writeMarkup } from "./markup.ts";

/** Version of the format. It rises if a reader of the previous version could not read the new one. */
export const VERSION = 2;

const text = () => z.string();
const time = () => z.int().min(0);
const checked = (holds: (text: string) => boolean, expected: string) =>
  text().refine(holds, { error: `expected ${expected}` });
const address = (holds: (jid: Jid) => boolean, expected: string) =>
  checked((jid) => {
    const parsed = parseJid(jid);
    return parsed?.full === jid && holds(parsed);
  }, `${expected}, in the form in which addresses are compared`);

const node = checked(
  (local) => normalizeLocal(local) === local,
  "the localpart of an address, in lower case",
);
const nick = checked((value) => normalizeResource(value) === value, "a nickname");
const bare = address((jid) => jid.resource === undefined, "a bare JID");
const markup = text().transform((payload, context) => {
  const message = readMarkup(payload);
  if (message?.children.every((each) => typeof each !== "string"))
    return writeMarkup(message.getChildElements());
  context.addIssue({ code: "custom", message: "expected well-formed XML elements" });
  return z.NEVER;
});

const subject = z.strictObject({
  text: text(),
  nick: z.union([z.literal(""), nick]),
  at: time(),
  message: z
    .strictObject({
      id: text(),
      stanzaId: text(),
      occupantId: text(),
      language: text().optional(),
      subjects: markup,
    })
    .optional(),
});

const affiliation = z.strictObject({
  jid: bare,
  affiliation: z.enum(AFFILIATIONS).exclude(["none"]),
  reason: text().optional(),
  nick: nick.optional(),
  until: time().optional(),
});

const isSet = (values: readonly (string | undefined)[]): boolean => {
  const given = values.filter((value) => value !== undefined);
  return new Set(given).size === given.length;
};

const room = z.strictObject({
  node,
  config: roomConfigSchema,
  subject: subject.optional(),
  affiliations: z
    .array(affiliation)
    .refine((records) => isSet(records.map(({ jid }) => jid)), { error: "duplicate user" })
    .refine((records) => isSet(records.map((record) => record.nick)), {
      error: "a nickname is reserved twice",
    })
    .transform(keyedAffiliations),
  notes: z.record(text(), text()).superRefine((notes, context) => {
    for (const [name, value] of Object.entries(notes)) {
      const message = noteProblem(name, value);
      if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
    }
  }),
});

const message = z
  .strictObject({
    kind: z.enum(["discussion", "subject", "other", ...EXTRA_KINDS]),
    stanzaId: text().min(1),
    at: time(),
    nick: z.union([z.literal(""), nick]),
    jid: z.union([z.literal(""), address(() => true, "a JID")]),
    occupantId: text(),
    affiliation: z.enum(AFFILIATIONS),
    role: z.enum(ROLES),
    id: text(),
    language: text().optional(),
    corrects: text().optional(),
    payload: markup,
    searchText: text().optional(),
    to: z.strictObject({ nick, jid: bare.transform(accountOf), type: text().optional() }).optional(),
  })
  .refine(({ kind, to }) => (kind === "private") === (to !== undefined), {
    error: "expected a recipient (to) for private messages only",
  });

const destroyed = z.strictObject({
  node,
  venue: bare.optional(),
  reason: text().optional(),
  members: z.array(bare).optional(),
  reservedUntil: time(),
});

const act = z.strictObject({
  node: z.union([z.literal(""), node]),
  at: time(),
  kind: z.enum(ACT_KINDS),
  by: text().optional(),
  target: text().optional(),
  reason: text().optional(),
  rule: text().optional(),
  detail: text().optional(),
});

export const headSchema = z.strictObject({
  veronaExport: z.literal([1, VERSION], {
    error: `expected 1 or ${VERSION}: this is another version of the format`,
  }),
  domain: text(),
});

/** Schemas of the lines after the first, by their one key. */
export const LINES = {
  room,
  message,
  destroyed,
  act,
  end: z.strictObject({ rooms: time(), messages: time() }),
} as const;

export type RoomLine = z.output<typeof room>;
export type MessageLine = z.output<typeof message>;
export type ActLine = z.output<typeof act>;
export type DestroyedLine = z.output<typeof destroyed>;

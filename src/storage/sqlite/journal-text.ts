// Writes journal entries as JSON, and reads what an earlier process left in the journal.
import { z } from "zod";
import { ACT_KINDS } from "../../muc/model/act.ts";
import { AFFILIATIONS } from "../../muc/model/affiliation.ts";
import type { JournalEntry, RoomRecord } from "../../muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../muc/model/room-config.ts";
import {
  configRow,
  messageRow,
  type OnDamage,
  optional,
  optionalTime,
  readable,
  readJson,
  read as readValue,
  sessionRow,
  subjectRow,
  text,
  time,
} from "../row-schemas.ts";

type RoomStored = Extract<JournalEntry, { kind: "room-stored" }>;
type WrittenEntry =
  | Exclude<JournalEntry, RoomStored>
  | { readonly kind: "room-stored"; readonly room: WrittenRoom };
/** A room with its notes as pairs, because JSON has no maps. */
type WrittenRoom = Omit<RoomRecord, "notes"> & { readonly notes: readonly (readonly [string, string])[] };

/** Writes entries as JSON. */
export function writeEntries(entries: readonly JournalEntry[]): string {
  const written = entries.map(
    (entry): WrittenEntry =>
      entry.kind === "room-stored"
        ? { kind: entry.kind, room: { ...entry.room, notes: [...entry.room.notes] } }
        : entry,
  );
  return JSON.stringify(written);
}

/** Reads entries that this process wrote. */
export function parseOwnEntries(json: string): JournalEntry[] {
  const written: WrittenEntry[] = JSON.parse(json);
  return written.map(
    (entry): JournalEntry =>
      entry.kind === "room-stored"
        ? { kind: entry.kind, room: { ...entry.room, notes: new Map(entry.room.notes) } }
        : entry,
  );
}

const config = configRow.transform((given) => ({ ...DEFAULT_ROOM_CONFIG, ...given }));
const subject = subjectRow.optional().transform((given) => given);
const affiliation = z.object({
  jid: text,
  affiliation: z.enum(AFFILIATIONS),
  reason: optional,
  nick: optional,
  until: optionalTime,
});
const room = z.object({
  node: text,
  config,
  locked: z.boolean(),
  subject,
  affiliations: z.array(affiliation),
  notes: z.array(z.tuple([text, text])).transform((notes) => new Map(notes)),
  sessions: z.array(sessionRow),
});
const message = messageRow
  .pick({
    kind: true,
    at: true,
    nick: true,
    jid: true,
    affiliation: true,
    role: true,
    id: true,
    language: true,
    corrects: true,
  })
  .extend({
    stanzaId: text,
    author: text,
    payload: text,
    text: optional,
    to: z.object({ nick: text, jid: text, type: optional }).exactOptional(),
  });
const destroyed = z.object({
  node: text,
  venue: optional,
  reason: optional,
  members: z
    .array(text)
    .optional()
    .transform((members) => members),
  until: time,
});
const act = z.object({
  at: time,
  kind: z.enum(ACT_KINDS),
  by: optional,
  target: optional,
  reason: optional,
  rule: optional,
  detail: optional,
});
const node = text;
const entry: z.ZodType<JournalEntry> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("room-stored"), room }),
  z.object({ kind: z.literal("room-removed"), node }),
  z.object({ kind: z.literal("room-renamed"), node, to: text, config }),
  z.object({ kind: z.literal("config-changed"), node, config, locked: z.boolean() }),
  z.object({ kind: z.literal("subject-changed"), node, subject }),
  z.object({ kind: z.literal("affiliation-changed"), node, record: affiliation }),
  z.object({ kind: z.literal("note-changed"), node, name: text, text: optional }),
  z.object({ kind: z.literal("session-stored"), node, session: sessionRow }),
  z.object({ kind: z.literal("session-removed"), node, jid: text }),
  z.object({ kind: z.literal("message-archived"), node, message }),
  z.object({ kind: z.literal("message-retracted"), node, stanzaId: text, payload: text }),
  z.object({ kind: z.literal("private-retracted"), node, author: text, to: text, id: text, payload: text }),
  z.object({ kind: z.literal("act-recorded"), node, act }),
  z.object({ kind: z.literal("room-destroyed"), destroyed }),
  z.object({ kind: z.literal("destroyed-room-forgotten"), node }),
  z.object({ kind: z.literal("webhook-stored"), id: text, settings: text }),
  z.object({ kind: z.literal("webhook-removed"), id: text }),
  z.object({ kind: z.literal("event-queued"), hook: text, event: text, at: time, body: text }),
]);

/** Reads entries that an earlier process wrote. Leaves out damaged ones, and reports them to `onDamage`. */
export function readEntries(json: string, onDamage: OnDamage): JournalEntry[] {
  const what = "an entry of the journal";
  const entries = readable([json], (row) => readJson(z.array(z.unknown()), row, "the journal"), onDamage);
  return readable(entries.flat(), (value) => readValue(entry, value, what), onDamage);
}

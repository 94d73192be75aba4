// Records as rows of a database, and back.
import { type Affiliation, parseAffiliation, parseRole, type Role } from "../muc/affiliation.ts";
import {
  type AffiliationRecord,
  type ArchivedMessage,
  ASIDES,
  type MovedRoom,
  type SessionRecord,
} from "../muc/journal.ts";
import type { KeptRoom, ListedRoom } from "../muc/records.ts";
import { DEFAULT_ROOM_CONFIG, type RoomConfig } from "../muc/room-config.ts";
import type { Subject } from "../muc/subject.ts";

export type Row = Record<string, unknown>;

interface StoredConfig extends Partial<RoomConfig> {
  /** Switched all invitations off, those of members too. */
  readonly allowInvites?: boolean;
}

/** Reads a configuration; fields that a later version has added get their defaults, and rooms of earlier ones do not open. */
export function readConfig(json: string): RoomConfig {
  const { allowInvites = true, ...stored } = JSON.parse(json) as StoredConfig;
  const config = { ...DEFAULT_ROOM_CONFIG, ...stored };
  return allowInvites ? config : { ...config, memberInvites: false };
}

export function readSubject(json: unknown): Subject | undefined {
  return json === null ? undefined : (JSON.parse(String(json)) as Subject);
}

export const writeSubject = (subject: Subject | undefined): string | null =>
  subject ? JSON.stringify(subject) : null;

export function readAffiliation(row: Row): AffiliationRecord {
  const { jid, affiliation, reason, nick } = row;
  return {
    jid: String(jid),
    affiliation: affiliationOf(affiliation),
    reason: optional(reason),
    nick: optional(nick),
  };
}

export function readListed({ node, config, users }: Row): ListedRoom {
  return { node: String(node), config: readConfig(String(config)), users: Number(users) };
}

/** `locked` is 1 or true. */
export function readKept(row: Row): KeptRoom {
  return { ...readListed(row), locked: Boolean(row.locked), sessions: Number(row.sessions) };
}

export function readSession({ jid, nick, role, payload }: Row): SessionRecord {
  return { jid: String(jid), nick: String(nick), role: roleOf(role), payload: String(payload) };
}

/** The columns of a room that moved, in the order in which `writeMovedRoom` gives their values. */
export const MOVED_COLUMNS = ["node", "venue", "reason", "members", "until"] as const;

export function writeMovedRoom({
  node,
  venue,
  reason,
  members,
  until,
}: MovedRoom): (string | number | null)[] {
  return [node, venue, reason ?? null, members ? JSON.stringify(members) : null, until];
}

export function readMovedRoom({ node, venue, reason, members, until }: Row): MovedRoom {
  const told = members === null ? undefined : (JSON.parse(String(members)) as string[]);
  return {
    node: String(node),
    venue: String(venue),
    reason: optional(reason),
    members: told,
    until: Number(until),
  };
}

/** The columns of a message, in the order in which `writeMessage` gives their values. */
export const MESSAGE_COLUMNS = [
  "kind",
  "stanza_id",
  "at",
  "nick",
  "jid",
  "author",
  "affiliation",
  "role",
  "id",
  "language",
  "corrects",
  "payload",
  "text",
] as const;

export function writeMessage(message: ArchivedMessage): (string | number | null)[] {
  const { kind, stanzaId, at, nick, jid, author, affiliation, role, id } = message;
  const { language, corrects, payload, text } = message;
  const said = [language ?? null, corrects ?? null, payload, text ?? null];
  return [kind, stanzaId, at, nick, jid, author, affiliation, role, id, ...said];
}

/** The columns of what is kept beside what was said to all, in the order in which `writeAside` gives their values. */
export const ASIDE_COLUMNS = [
  ...MESSAGE_COLUMNS.filter((name) => name !== "text"),
  "to_nick",
  "to_jid",
  "type",
] as const;

export function writeAside(message: ArchivedMessage): (string | number | null)[] {
  const { to } = message;
  return [...writeMessage(message).slice(0, -1), to?.nick ?? null, to?.jid ?? null, to?.type ?? null];
}

const KINDS: readonly ArchivedMessage["kind"][] = ["discussion", "subject", "other", ...ASIDES];

/** What has a recipient, has it in columns that messages to all do not have. */
export function readMessage(row: Row): ArchivedMessage {
  const { to_jid: jid, to_nick: nick } = row;
  const isPrivate = typeof jid === "string";
  return {
    ...(isPrivate && { to: { jid, nick: String(nick), type: optional(row.type) } }),
    kind: KINDS.find((kind) => kind === row.kind) ?? "other",
    stanzaId: String(row.stanza_id),
    at: Number(row.at),
    nick: String(row.nick),
    jid: String(row.jid),
    author: String(row.author),
    affiliation: affiliationOf(row.affiliation),
    role: roleOf(row.role),
    id: String(row.id),
    language: optional(row.language),
    corrects: optional(row.corrects),
    payload: String(row.payload),
    text: optional(row.text),
  };
}

const affiliationOf = (value: unknown): Affiliation => parseAffiliation(String(value)) ?? "none";

const roleOf = (value: unknown): Role => parseRole(String(value)) ?? "none";

const optional = (value: unknown): string | undefined => (value === null ? undefined : String(value));

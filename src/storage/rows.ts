// Converts records to rows of a database, and back.

import { z } from "zod";
import type { ActRecord, StoredAct } from "../muc/model/act.ts";
import type { ArchivedMessage, DestroyedRoom, RoomRecord } from "../muc/model/journal.ts";
import type { ListedRoom, PublicRoom, StoredRoom } from "../muc/model/records.ts";
import { boundedConfig, DEFAULT_ROOM_CONFIG, type RoomConfig } from "../muc/model/room-config.ts";
import type { Subject } from "../muc/model/subject.ts";
import { readDay } from "../muc/room/last-use.ts";
import { roomTerms } from "./room-terms.ts";
import {
  actRow,
  affiliationRow,
  attempt,
  configRow,
  destroyedRow,
  listedConfigRow,
  messageRow,
  noteRow,
  type OnDamage,
  read,
  readable,
  readJson,
  sessionRow,
  subjectRow,
} from "./row-schemas.ts";

export type Row = Record<string, unknown>;

/**
 * Reads a configuration. Fields that later versions have added get their defaults, except that invitations which an
 * earlier version switched off stay off. Throws `StorageError` if it is damaged.
 */
export function readConfig(json: unknown, node: string): RoomConfig {
  const { allowInvites = true, ...stored } = readJson(configRow, json, configOf(node));
  const config = { ...DEFAULT_ROOM_CONFIG, ...stored };
  return boundedConfig(allowInvites ? config : { ...config, memberInvites: false });
}

/** Returns the terms of a public room in the store (room-terms.ts); only those of its node if its configuration is damaged. */
export function storedRoomTerms(node: string, config: unknown): string[] {
  const { name, description } = readListed({ node, config }, () => {}).config;
  return roomTerms(node, { name, description, public: true }, false) ?? [];
}

const configOf = (node: string): string => `the configuration of the room ${JSON.stringify(node)}`;

/** The rows of a room. */
export interface RoomRows {
  readonly config: unknown;
  readonly locked: boolean;
  readonly subject: unknown;
  readonly affiliations: readonly Row[];
  readonly notes: readonly Row[];
  readonly sessions: readonly Row[];
}

/**
 * Reads a room. Throws `StorageError` if its configuration or an affiliation is damaged, as nobody knows then who may
 * enter. Leaves out any other damaged part, and reports it to `onDamage`.
 */
export function readRoom(node: string, rows: RoomRows, onDamage: OnDamage): RoomRecord {
  const room = `of the room ${JSON.stringify(node)}`;
  return {
    node,
    config: readConfig(rows.config, node),
    locked: rows.locked,
    subject: readSubject(rows.subject, node, onDamage),
    affiliations: rows.affiliations.map((row) => read(affiliationRow, row, `an affiliation ${room}`)),
    notes: new Map(
      readable(rows.notes, (row) => read(noteRow, row, `a note ${room}`), onDamage).map(({ name, text }) => [
        name,
        text,
      ]),
    ),
    sessions: readable(rows.sessions, (row) => read(sessionRow, row, `a client ${room}`), onDamage),
  };
}

export const writeSubject = (subject: Subject | undefined): string | null =>
  subject ? JSON.stringify(subject) : null;

/** Reads a room of the public list. Lists a room whose configuration is damaged as `readKept` does. */
export function readListed(row: Row, onDamage: OnDamage): ListedRoom {
  const stored = attempt(() => readJson(listedConfigRow, row.config, configOf(String(row.node))), onDamage);
  const whole = boundedConfig({ ...DEFAULT_ROOM_CONFIG, ...stored });
  const { name, description, language, membersOnly, passwordProtected, whois } = whole;
  const config = { name, description, language, membersOnly, passwordProtected, whois };
  return { node: String(row.node), config, users: Number(row.users) };
}

/** Reads a public room. Returns undefined for one whose configuration is damaged, and reports it to `onDamage`. */
export function readPublic(row: Row, onDamage: OnDamage): PublicRoom | undefined {
  const node = String(row.node);
  const config = attempt(() => readConfig(row.config, node), onDamage);
  if (!config) return undefined;
  const logNote = typeof row.log_note === "string" ? row.log_note : undefined;
  const subject = readSubject(row.subject, node, onDamage);
  return { node, config, subject, users: Number(row.users), logNote };
}

function readSubject(subject: unknown, node: string, onDamage: OnDamage): Subject | undefined {
  if (subject === null) return undefined;
  return attempt(
    () => readJson(subjectRow, subject, `the subject of the room ${JSON.stringify(node)}`),
    onDamage,
  );
}

/**
 * Reads a room of the whole list; `locked` is 1 or true. Lists a room whose configuration is damaged by its node, and
 * reports it to `onDamage`.
 */
export function readKept(row: Row, onDamage: OnDamage): StoredRoom {
  const { node, users, locked, sessions, last_use: lastUse } = row;
  const config = attempt(() => readConfig(row.config, String(node)), onDamage) ?? DEFAULT_ROOM_CONFIG;
  return {
    ...{ node: String(node), config, users: Number(users) },
    ...{ locked: Boolean(locked), sessions: Number(sessions) },
    ...(typeof lastUse === "string" && { lastUse: readDay(lastUse) }),
  };
}

/** The columns of a destroyed room, in the order of the values of `writeDestroyedRoom`. Without a venue, `venue` is empty. */
export const DESTROYED_COLUMNS = ["node", "venue", "reason", "members", "reserved_until"] as const;

export function writeDestroyedRoom({
  node,
  venue,
  reason,
  members,
  until,
}: DestroyedRoom): (string | number | null)[] {
  return [node, venue ?? "", reason ?? null, members ? JSON.stringify(members) : null, until];
}

/** Reads a destroyed room. Throws `StorageError` if the row is damaged. */
export function readDestroyedRoom(row: Row): DestroyedRoom {
  const what = `the tombstone of the room ${JSON.stringify(row.node)}`;
  const members = row.members === null ? undefined : readJson(z.array(z.string()), row.members, what);
  const { reserved_until: until, ...destroyed } = read(destroyedRow, { ...row, members }, what);
  return { ...destroyed, members, until };
}

/** The columns of an act, in the order of the values of `writeAct`. */
export const ACT_COLUMNS = ["node", "at", "kind", "by_jid", "target", "reason", "rule", "detail"] as const;

export const writeAct = (node: string, act: ActRecord): (string | number | null)[] => {
  const { at, kind, by, target, reason, rule, detail } = act;
  return [node, at, kind, by ?? null, target ?? null, reason ?? null, rule ?? null, detail ?? null];
};

/** Reads an act. Throws `StorageError` if the row is damaged. */
export function readAct(row: Row): StoredAct {
  const { by_jid: by, ...act } = read(actRow, row, `the record ${row.id} of an act`);
  return { ...act, by };
}

/** The columns of a message, in the order of the values of `writeMessage`. */
export const MESSAGE_COLUMNS = [
  "kind",
  "stanza_id",
  "at",
  "nick",
  "jid",
  "occupant_id",
  "affiliation",
  "role",
  "id",
  "language",
  "corrects",
  "payload",
  "search_text",
] as const;

export function writeMessage(message: ArchivedMessage): (string | number | null)[] {
  const { kind, stanzaId, at, nick, jid, author, affiliation, role, id } = message;
  const { language, corrects, payload, text } = message;
  const said = [language ?? null, corrects ?? null, payload, text ?? null];
  return [kind, stanzaId, at, nick, jid, author, affiliation, role, id, ...said];
}

/** The columns of a private message or presence, in the order of the values of `writeExtra`. */
export const EXTRA_COLUMNS = [
  ...MESSAGE_COLUMNS.filter((name) => name !== "search_text"),
  "to_nick",
  "to_jid",
  "message_type",
] as const;

export function writeExtra(message: ArchivedMessage): (string | number | null)[] {
  const { to } = message;
  return [...writeMessage(message).slice(0, -1), to?.nick ?? null, to?.jid ?? null, to?.type ?? null];
}

/**
 * Reads a message, a private message or a presence. Empties a damaged message, so that only its position in the archive is
 * left, and reports it to `onDamage`.
 */
export function readMessage(row: Row, onDamage: OnDamage): ArchivedMessage {
  const message = attempt(
    () => read(messageRow, row, `the message ${JSON.stringify(row.stanza_id)}`),
    onDamage,
  );
  if (!message) return emptyMessage(row);
  const { stanza_id: stanzaId, occupant_id: author, search_text: text, ...columns } = message;
  const { to_jid: jid, to_nick: nick, message_type: type, ...rest } = columns;
  const to = jid === undefined ? {} : { to: { jid, nick: nick ?? "", type } };
  return { stanzaId, author, text, ...rest, ...to };
}

function emptyMessage({ stanza_id, at, to_jid }: Row): ArchivedMessage {
  const time = Number(at);
  return {
    kind: "other",
    stanzaId: String(stanza_id),
    at: Number.isSafeInteger(time) && time > 0 ? time : 0,
    nick: "",
    jid: "",
    author: "",
    affiliation: "none",
    role: "none",
    id: "",
    language: undefined,
    corrects: undefined,
    payload: "",
    text: undefined,
    // Private messages stay private.
    ...(typeof to_jid === "string" && { kind: "private", to: { jid: to_jid, nick: "", type: undefined } }),
  };
}

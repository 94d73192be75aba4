// The fields that the commands of moderators share.
import type { FormField } from "../../xmpp/data-form.ts";
import { parseJid, prepareJid } from "../../xmpp/jid.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say, type Text } from "../../xmpp/text.ts";
import { accountWith } from "../archive/account-search.ts";
import { recentMessagesOf } from "../archive/archive.ts";
import { answerLater, lookUpPage } from "../archive/archive-lookup.ts";
import type { ArchiveQuery } from "../model/archive-query.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { ANSWERED_LATER } from "../model/outcome.ts";
import { boundedReason } from "../model/reason.ts";
import { isModerator, refuseMeasure } from "../permissions/privileges.ts";
import type { Room } from "../room/room.ts";
import {
  badPayload,
  type CommandCall,
  type CommandFields,
  type CommandForm,
  type CommandOutcome,
  type CommandReply,
  commandForbidden,
  fieldValue,
} from "./commands.ts";
import type { RoomRequest } from "./room-request.ts";

export const MODERATION_FORM = "verona#moderation";

/** Refuses commands to users who are neither moderators inside the room nor administrators of the service. */
export const forModerators = ({ room, from }: RoomRequest) =>
  isModerator(room, from) || room.environment.isServiceAdmin(from)
    ? undefined
    : commandForbidden(say`Only moderators inside the room may do this`);

/** Makes the form of a command. */
export function moderationForm(
  title: Text,
  instructions: Text,
  fields: (request: RoomRequest) => readonly FormField[],
): CommandForm<RoomRequest> {
  return { type: MODERATION_FORM, title, instructions: () => instructions, fields };
}

export const WHO: FormField = {
  var: "who",
  type: "text-single",
  label: say`User`,
  desc: say`A nickname in the room, or an address`,
};

/** A field that names one of the accounts under a measure. */
export const whoOf = (options: NonNullable<FormField["options"]>): FormField => ({
  ...{ var: WHO.var, type: "list-single", label: say`User`, required: true },
  ...{ options, isOpen: true },
});

/** Fields that name a user who may have left. */
export const WHO_LEFT: readonly FormField[] = [
  WHO,
  { var: "stanza-id", type: "text-single", label: say`Or: stanza-id of a message of the user` },
  { var: "occupant-id", type: "text-single", label: say`Or: occupant-id of the user` },
];

export const REASON: FormField = { var: "reason", type: "text-single", label: say`Reason` };

export const readReasonField = (fields: CommandFields): string | undefined => {
  const text = fieldValue(fields, "reason");
  return text === "" ? undefined : boundedReason(text);
};

/** The most minutes of a measure: a year. */
export const MOST_MINUTES = 525_600;
const DURATIONS = [
  { value: "10", label: say`10 minutes` },
  { value: "60", label: say`1 hour` },
  { value: "1440", label: say`1 day` },
  { value: "10080", label: say`1 week` },
];
const FOREVER = { value: "forever", label: say`Until it is lifted` };

/** The field of a duration in minutes. `withForever`: it may have no end. */
export const durationField = (preset: string, withForever = false): FormField => ({
  var: "minutes",
  type: "list-single",
  label: say`For how long?`,
  desc: say`In minutes, at most ${MOST_MINUTES}`,
  values: [preset],
  options: withForever ? [...DURATIONS, FOREVER] : DURATIONS,
  isOpen: true,
});

/** Reads the end of a measure in milliseconds since 1970; undefined for one without end, if that is allowed. */
export function readEnd(room: Room, fields: CommandFields, withForever = false): Result<number | undefined> {
  const text = fieldValue(fields, "minutes");
  if (withForever && (text === FOREVER.value || text === "")) return ok(undefined);
  const minutes = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (minutes < 1 || minutes > MOST_MINUTES)
    return refuse(badPayload(say`The duration must be 1 to ${MOST_MINUTES} minutes`));
  return ok(room.environment.now() + minutes * 60_000);
}

/** Adds the end of a measure to its reason, as lists and presence show only that. */
export const reasonUntil = (reason: string | undefined, until: number): string =>
  `${reason === undefined ? "" : `${reason} `}(until ${new Date(until).toISOString().slice(0, 16).replace("T", " ")} UTC)`;

/** Reads the account of a user by nickname or address. */
export function readAccount(room: Room, text: string): Result<string> {
  const jid = text.includes("@") ? prepareJid(text) : undefined;
  if (jid?.local && jid.domain !== room.environment.domain) return ok(jid.bare);
  const occupant = room.occupants.get(text);
  return occupant
    ? ok(occupant.bareJid)
    : refuse(errors.itemNotFound(say`No occupant has this nickname, and it is not an address`));
}

/**
 * Runs a command on the account that a form names by nickname, address, message or occupant-id. Looks it up in the archive if
 * the room does not know it: `next` is called later then, and has to check the permissions.
 */
export function onAccount(
  room: Room,
  fields: CommandFields,
  call: CommandCall,
  next: (bareJid: string) => CommandReply,
): CommandOutcome {
  const [who, stanzaId, author] = ["who", "stanza-id", "occupant-id"].map((name) => fieldValue(fields, name));
  if (who) {
    const read = readAccount(room, who);
    return read.kind === "refused" ? read : next(read.value);
  }
  if (!stanzaId && !author) return refuse(badPayload(say`Name a user, a message or an occupant-id`));
  const known = stanzaId ? recentMessagesOf(room).get(stanzaId)?.jid : author && accountWith(room, author);
  if (known) return next(bareOfUser(known));
  const page = { afterIds: [], beforeIds: [] };
  const query: ArchiveQuery = stanzaId
    ? { ...page, ids: [stanzaId], max: 1, fromEnd: false }
    : { ...page, max: SEARCHED, fromEnd: true };
  const isMeant = (message: ArchivedMessage): boolean => stanzaId !== "" || message.author === author;
  lookUpPage(room, call.stanza, query, (messages) => {
    const jid = messages.find((message) => isMeant(message) && message.jid !== "")?.jid;
    answerLater(room, call.stanza, call.finish(jid ? next(bareOfUser(jid)) : NOT_KNOWN));
  });
  return ANSWERED_LATER;
}

/** Runs a measure against the account that a form names, as `onAccount` does, if the moderator may take one. */
export const measureAccount = (
  { room, from }: RoomRequest,
  fields: CommandFields,
  call: CommandCall,
  next: (bareJid: string) => CommandReply,
): CommandOutcome =>
  onAccount(room, fields, call, (jid) => {
    const refusal = refuseMeasure(room, from, jid);
    return refusal ? refuse(refusal) : next(jid);
  });

/** Messages of the archive in which an occupant-id is looked for. */
const SEARCHED = 1_000;

const NOT_KNOWN = refuse(
  errors.itemNotFound(say`The room does not know whose message or occupant-id this is`),
);

const bareOfUser = (jid: string): string => parseJid(jid)?.bare ?? jid;

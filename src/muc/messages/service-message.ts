// Messages and subjects that the operator sends to a room (XEP-0045 sections 7.4 and 8.1): from the room, or from a nickname that
// nobody has.
import { escapedBytes } from "../../xmpp/escape.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { textTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { archive } from "../archive/archive.ts";
import { writeArchived } from "../archive/message-text.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { listBytes, MAX_BYTES } from "../model/size-limits.ts";
import { readGivenNickname, refuseNickname } from "../permissions/nickname.ts";
import { audienceOf } from "../permissions/room-audience.ts";
import { isLookalike } from "../room/nicknames.ts";
import { occupantId } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";
import { ROOM_NICK } from "../room/room-voice.ts";
import { countServiceMessage } from "./activity.ts";

interface ServiceMessage {
  readonly text: string;
  /** The nickname of a bot; undefined for the room itself. */
  readonly nickname: string | undefined;
}

/**
 * Sends a message to all occupants, and archives it like theirs. Refuses a nickname that somebody uses or has reserved, or that
 * looks like one. Returns the stanza-id.
 */
export function sendServiceMessage(room: Room, { text, nickname }: ServiceMessage): Result<string> {
  const { domain } = room.environment;
  const tooLong = refuseText(room, text);
  if (tooLong) return refuse(tooLong);
  const nick = nickname === undefined ? ok(ROOM_NICK) : botNickname(room, nickname, domain);
  if (nick.kind === "refused") return nick;
  // Clients tell bots apart by their occupant-id (XEP-0421). No account has such an address.
  const author = nickname === undefined ? "" : occupantId(room, `${domain}/${nick.value}`);
  return ok(sendAs(room, { nick: nick.value, author, payload: textTag("body", text), text }));
}

/** Refuses a text that is too long for one message. */
export const refuseText = ({ environment }: Room, text: string): StanzaError | undefined =>
  escapedBytes(text) > listBytes(environment)
    ? errors.policyViolation(say`A message may have at most ${listBytes(environment)} bytes`)
    : undefined;

/** Sends a message of an author who is no occupant, and archives it. Returns the stanza-id. */
export function sendAs(
  room: Room,
  said: Pick<ArchivedMessage, "nick" | "author" | "payload" | "text">,
): string {
  const message = serviceMessage(room, said);
  broadcast(room, message);
  countServiceMessage(room);
  return message.stanzaId;
}

/** Sets the subject in the name of the room; an empty one clears it. Returns the stanza-id. */
export function setServiceSubject(room: Room, text: string): Result<string> {
  const subjects = textTag("subject", text);
  if (Buffer.byteLength(subjects) > MAX_BYTES.subject || escapedBytes(text) > MAX_BYTES.subject)
    return refuse(errors.policyViolation(say`A subject may have at most ${MAX_BYTES.subject} bytes`));
  const message = serviceMessage(room, { kind: "subject", payload: subjects });
  const { id, stanzaId, language, at } = message;
  const stored = { id, stanzaId, occupantId: "", language, subjects };
  room.change({ kind: "subject-changed", subject: { text, nick: "", at, message: stored } });
  broadcast(room, message);
  return ok(stanzaId);
}

/** Reads the nickname of a bot. Looks are compared even where the room allows lookalikes: a bot is no occupant. */
export function botNickname(room: Room, text: string, domain: string): Result<string> {
  const nick = readGivenNickname(room, text);
  if (nick.kind === "refused") return nick;
  const refusal = refuseNickname(room, domain, nick.value);
  if (refusal) return refuse(refusal);
  if (room.occupants.has(nick.value) || isLookalike(room, nick.value, domain))
    return refuse(errors.conflict(say`This nickname is that of a user, or looks like one`));
  return nick;
}

function serviceMessage(room: Room, said: Partial<ArchivedMessage>): ArchivedMessage {
  const { newId, now } = room.environment;
  return {
    ...{ kind: "discussion", stanzaId: newId(), at: now(), nick: "", jid: "", author: "" },
    ...{ affiliation: "none", role: "none", id: newId(), language: undefined, corrects: undefined },
    ...{ payload: "", text: undefined },
    ...said,
  };
}

function broadcast(room: Room, message: ArchivedMessage): void {
  const { head, marks } = writeArchived(room, message);
  room.effects.broadcast(head, `">${message.payload}${marks}</message>`, audienceOf(room).everybody());
  archive(room, message);
}

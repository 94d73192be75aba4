// Holds a message of a stranger until a moderator passes it.
import { childText, serialize } from "../../xmpp/element.ts";
import { cutText, escapedBytes } from "../../xmpp/escape.ts";
import { accountOf } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { bodyTag, tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { archive, correctedId } from "../archive/archive.ts";
import { writeArchived } from "../archive/message-text.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { readLanguage } from "../model/language.ts";
import { MAX_BYTES } from "../model/size-limits.ts";
import { audienceOf } from "../permissions/room-audience.ts";
import { isHeard } from "../permissions/visibility.ts";
import { languageOfClient } from "../room/client-language.ts";
import { addHeld, type HeldMessage, heldNote, MAX_HELD_OF_USER, removeHeld } from "../room/held-messages.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { tellModerators } from "./moderator-notice.ts";
import type { RelayedMessage } from "./room-message.ts";

/**
 * Holds a message with a body, and tells the moderators. Returns false if it cannot wait: it has no body, is too large, or
 * its author has too many that wait.
 */
export function holdMessage(room: Room, sender: Occupant, { stanza, elements }: RelayedMessage): boolean {
  const text = childText(stanza.element, "body");
  const payload = elements.map(serialize).join("");
  const isLarge =
    Buffer.byteLength(payload) > MAX_BYTES.heldMessage || escapedBytes(stanza.id ?? "") > MAX_BYTES.token;
  const own = heldNote.read(room).filter(({ author }) => author === sender.id);
  if (text === undefined || isLarge || own.length >= MAX_HELD_OF_USER) return false;
  // Nobody looks at what a silenced user says, and the user is not told.
  if (!isHeard(room, sender.bareJid)) return true;
  const { now, newId } = room.environment;
  addHeld(room, {
    key: newId(),
    at: now(),
    nick: sender.nick,
    jid: stanza.from.full,
    author: sender.id,
    id: stanza.id,
    language: readLanguage(stanza.element),
    corrects: correctedId(stanza),
    payload,
    text,
  });
  const shown = cutText(text, MAX_BYTES.reportText);
  tellModerators(
    room,
    "held-message",
    say`A message of ${sender.nick} waits: ${shown}\nThe command "Decide about a held message" of this room passes or refuses it.`,
  );
  return true;
}

/** Sends a held message to all, from its author and with the time at which it was sent (XEP-0203). */
export function passMessage(room: Room, held: HeldMessage): Result<undefined> {
  const account = accountOf(held.jid);
  const holder = room.occupants.get(held.nick);
  if (holder && holder.bareJid !== account)
    return refuse(errors.conflict(say`Another user has the nickname of the author now`));
  const { now, newId } = room.environment;
  const stamp = new Date(held.at).toISOString();
  const delay = tag("delay", { xmlns: NS.delay, from: room.address, stamp });
  const message: ArchivedMessage = {
    kind: "discussion",
    stanzaId: newId(),
    at: now(),
    nick: held.nick,
    jid: held.jid,
    author: held.author,
    affiliation: room.affiliationOf(account),
    role: holder?.role ?? "none",
    id: held.id ?? newId(),
    language: held.language,
    corrects: held.corrects,
    payload: held.payload + delay,
    text: held.text,
  };
  const { head, marks } = writeArchived(room, message);
  room.effects.broadcast(head, `">${message.payload}${marks}</message>`, audienceOf(room).everybody());
  archive(room, message);
  removeHeld(room, held.key);
  return ok(undefined);
}

/** Forgets a held message, and tells its author if inside. */
export function refuseMessage(room: Room, held: HeldMessage, reason: string | undefined): void {
  removeHeld(room, held.key);
  const shown = cutText(held.text, MAX_BYTES.reportText);
  const text =
    reason === undefined
      ? say`A moderator did not pass your message: ${shown}`
      : say`A moderator did not pass your message (${reason}): ${shown}`;
  const { address, environment } = room;
  for (const { sessions } of room.occupantsOf(accountOf(held.jid)))
    for (const to of sessions.keys())
      room.effects.send(
        tag(
          "message",
          { from: address, to, id: environment.newId() },
          bodyTag(text, languageOfClient(room, to)),
        ),
      );
}

// The outcome of an invitation: it is declined, or it bounces (XEP-0045 section 7.8.2).
import { child } from "../../xmpp/element.ts";
import { bareOf, parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, writeError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { readLanguage } from "../model/language.ts";
import { type DeliveryOutcome, DONE, UNHANDLED, type Unhandled } from "../model/outcome.ts";
import { readReason, reasonLanguage, reasonTag } from "../model/reason.ts";
import { isHeard } from "../permissions/visibility.ts";
import { languageOfClient } from "../room/client-language.ts";
import { type Invitation, takeInvitation } from "../room/pending-invitations.ts";
import type { Room } from "../room/room.ts";

/**
 * Forwards a decline to the inviter, whom the decline must name as the invitation did. Every sender without such an
 * invitation gets the same error, so that outsiders neither learn who is in the room nor write to its occupants.
 */
export function handleDecline(room: Room, stanza: Stanza): DeliveryOutcome | Unhandled {
  const extension = child(stanza.element, "x", NS.mucUser);
  const decline = extension && child(extension, "decline", NS.mucUser);
  if (!decline) return UNHANDLED;
  const { bare, full } = stanza.from;
  const to = parseJid(decline.attrs.to ?? "")?.full;
  const invitation =
    room.affiliationOf(bare) === "outcast"
      ? undefined
      : takeInvitation(room, bare, ({ from }) => from === to);
  if (!invitation) return refuse(errors.itemNotFound(say`You have no invitation from this address`));
  if (!isHeard(room, bare)) return DONE;
  const reason = readReason(decline);
  const content = tag("decline", { from: bareOf(full) }, reasonTag(reason, reasonLanguage(decline)));
  const x = tag("x", { xmlns: NS.mucUser }, content);
  const language = readLanguage(stanza.element);
  for (const session of inviterAddresses(room, invitation))
    room.effects.send(
      tag("message", { from: room.address, to: session, id: stanza.id, "xml:lang": language }, x),
    );
  return DONE;
}

/** Tells the inviter that an invitation bounced. */
export function handleUndeliveredInvitation(room: Room, stanza: Stanza): void {
  const invitation = takeInvitation(room, stanza.from.bare, ({ id }) => id !== undefined && id === stanza.id);
  if (!invitation) return;
  const { invitee, id } = invitation;
  const x = tag("x", { xmlns: NS.mucUser }, tag("invite", { to: invitee }));
  const refusal = errors.itemNotFound(say`The invitation could not be delivered`);
  for (const jid of room.occupantsOf(invitation.inviter).flatMap(({ sessions }) => sessions.list)) {
    const error = writeError(refusal, { language: languageOfClient(room, jid), by: room.address });
    room.effects.send(tag("message", { type: "error", from: room.address, to: jid, id }, x + error));
  }
}

/** Returns the full JIDs of the inviter's clients in the room, or the bare JID of an inviter who has left. */
function inviterAddresses(room: Room, { inviter }: Invitation): string[] {
  const sessions = room.occupantsOf(inviter).flatMap((occupant) => [...occupant.sessions.keys()]);
  return sessions.length > 0 ? sessions : [inviter];
}

// Mediated invitations and their refusal (XEP-0045 section 7.8.2).
import { child, children, childText, type Element } from "../xmpp/element.ts";
import { type Jid, parseJid } from "../xmpp/jid.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { applyAffiliation } from "./affiliation-change.ts";
import type { Occupant } from "./occupant.ts";
import { mayInvite } from "./privileges.ts";
import type { Room } from "./room.ts";
import type { MessageOutcome } from "./room-message.ts";

/** Invites users in the name of an occupant; as a whole or not at all. */
export function handleInvitation(room: Room, stanza: Stanza): MessageOutcome {
  const extension = child(stanza.element, "x", NS.mucUser);
  const invites = extension ? children(extension, "invite", NS.mucUser) : [];
  if (invites.length === 0) return "unknown";
  const inviter = room.sessions.get(stanza.from.full);
  if (!inviter) return errors.notAcceptable("You are not in this room");
  if (!mayInvite(room, inviter)) return errors.forbidden("You may not invite others to this room");
  const invitees: { jid: Jid; element: Element }[] = [];
  for (const element of invites) {
    const jid = parseJid(element.attrs.to ?? "");
    if (!jid?.local) return errors.jidMalformed("An invitation is sent to user@domain");
    if (room.affiliationOf(jid.bare) === "outcast")
      return errors.notAllowed("This user is banned from the room");
    invitees.push({ jid, element });
  }
  for (const { jid, element } of invitees) sendInvitation(room, stanza, inviter, jid, element);
  return "done";
}

/** The inviter is named by occupant JID: the invitee learns no real JID that the room hides. */
function sendInvitation(room: Room, stanza: Stanza, inviter: Occupant, invitee: Jid, element: Element): void {
  if (room.config.membersOnly && room.affiliationOf(invitee.bare) === "none") {
    applyAffiliation(room, invitee.bare, { affiliation: "member" });
  }
  const reason = childText(element, "reason");
  const asked = child(element, "continue", NS.mucUser);
  const content =
    (reason ? textTag("reason", reason) : "") +
    (asked ? tag("continue", { thread: asked.attrs.thread }) : "");
  const password = room.config.passwordProtected ? textTag("password", room.config.password) : "";
  const from = room.occupantAddress(inviter.nick);
  const x = tag("x", { xmlns: NS.mucUser }, tag("invite", { from }, content) + password);
  room.effects.send(tag("message", { from: room.address, to: invitee.full, id: stanza.id }, x));
}

/** Section 9.5: invites somebody whom an admin has made a member; the admin's real JID is not told. */
export function inviteNewMember(
  room: Room,
  bareJid: string,
  nick: string | undefined,
  reason: string | undefined,
): void {
  if (room.closed || room.occupantsOf(bareJid).length > 0) return;
  const from = nick === undefined ? room.address : room.occupantAddress(nick);
  const invite = tag("invite", { from }, reason ? textTag("reason", reason) : "");
  const password = room.config.passwordProtected ? textTag("password", room.config.password) : "";
  const x = tag("x", { xmlns: NS.mucUser }, invite + password);
  const id = room.environment.newId();
  room.effects.send(tag("message", { from: room.address, to: bareJid, id }, x));
}

/** Tells the inviter, who is named by occupant JID in the invitation, that it was declined. */
export function handleDecline(room: Room, stanza: Stanza): MessageOutcome {
  const extension = child(stanza.element, "x", NS.mucUser);
  const decline = extension && child(extension, "decline", NS.mucUser);
  if (!decline) return "unknown";
  const to = parseJid(decline.attrs.to ?? "");
  const inviter = to?.bare === room.address ? room.occupants.get(to.resource ?? "") : undefined;
  const sessions = inviter ? [...inviter.sessions.keys()] : occupantSessions(room, to);
  if (sessions.length === 0) return errors.itemNotFound("Nobody here sent this invitation");
  const reason = childText(decline, "reason");
  const content = tag("decline", { from: stanza.from.bare }, reason ? textTag("reason", reason) : "");
  for (const session of sessions) {
    const x = tag("x", { xmlns: NS.mucUser }, content);
    room.effects.send(tag("message", { from: room.address, to: session, id: stanza.id }, x));
  }
  return "done";
}

function occupantSessions(room: Room, jid: Jid | undefined): string[] {
  if (!jid) return [];
  return room.occupantsOf(jid.bare).flatMap((occupant) => [...occupant.sessions.keys()]);
}

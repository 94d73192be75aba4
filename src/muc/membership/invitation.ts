// Invitations that the room sends for an occupant (XEP-0045 section 7.8.2) or to a new member (section 9.5).
import { child, children, type Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { accountOf, type Jid, parseJid, prepareJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { bodyTag, tag, textTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { applyAffiliation } from "../affiliations/affiliation-change.ts";
import { readLanguage } from "../model/language.ts";
import { type DeliveryOutcome, DONE, UNHANDLED, type Unhandled } from "../model/outcome.ts";
import { readReason, reasonLanguage, reasonTag } from "../model/reason.ts";
import { MAX_BYTES, MAX_COUNT } from "../model/size-limits.ts";
import { mayInvite, mayReadAffiliationList } from "../permissions/privileges.ts";
import { isHeard } from "../permissions/visibility.ts";
import type { Actor } from "../room/actor.ts";
import type { Occupant } from "../room/occupant.ts";
import { countInvitations, rememberInvitation } from "../room/pending-invitations.ts";
import type { Room } from "../room/room.ts";

/** Limits the invitations from one user to the same invitee within an hour. */
const REPETITIONS = 3;

interface Invitation {
  readonly to: Jid;
  readonly element: Element;
}

/** Invites the users whom an occupant's message names: all of them or none. */
export function handleInvitation(room: Room, stanza: Stanza): DeliveryOutcome | Unhandled {
  const extension = child(stanza.element, "x", NS.mucUser);
  const elements = extension ? children(extension, "invite", NS.mucUser) : [];
  if (elements.length === 0) return UNHANDLED;
  const inviter = room.sessions.get(stanza.from.full);
  if (!inviter) return refuse(errors.notAcceptable(say`You are not in this room`));
  if (!mayInvite(room, inviter)) return refuse(errors.forbidden(say`You may not invite others to this room`));
  const invitations: Invitation[] = [];
  for (const element of elements) {
    const to = prepareJid(element.attrs.to ?? "");
    const refusal = refuseInvitee(room, inviter, to);
    if (refusal) return refuse(refusal);
    if (to && !invitations.some((other) => other.to.full === to.full)) invitations.push({ to, element });
  }
  const refusal = refuseRate(room, inviter, invitations);
  if (refusal) return refuse(refusal);
  for (const invitation of invitations) inviteFor(room, stanza, inviter, invitation);
  return DONE;
}

/**
 * Refuses an invitee who cannot be invited. An invitee who is already in the room is not refused, because the error would
 * reveal an occupant's real JID.
 */
function refuseInvitee(room: Room, inviter: Occupant, to: Jid | undefined): StanzaError | undefined {
  if (!to?.local) return errors.jidMalformed(say`An invitation needs a user address: user@domain`);
  if (to.domain === room.environment.domain)
    return errors.notAllowed(say`Rooms and occupants cannot be invited`);
  if (to.bare === inviter.bareJid) return errors.notAllowed(say`You are in this room`);
  if (isBanned(room, to) && mayReadAffiliationList(room, inviter.bareJid, "outcast"))
    return errors.notAllowed(say`This user is banned from the room`);
  return undefined;
}

const isBanned = (room: Room, { bare }: Jid): boolean => room.affiliationOf(bare) === "outcast";

function refuseRate(
  room: Room,
  inviter: Occupant,
  invitations: readonly Invitation[],
): StanzaError | undefined {
  const { invitationsPerHour } = room.environment.limits;
  const user = inviter.bareJid;
  const pairs = new Map<string, number>();
  for (const { to } of invitations) pairs.set(to.bare, (pairs.get(to.bare) ?? 0) + 1);
  for (const [invitee, count] of pairs) {
    if (countInvitations(room, user, invitee) + count > REPETITIONS)
      return errors.resourceConstraint(say`You have invited this user too often. Try again later`);
  }
  const { length } = invitations;
  // The room's own record survives a restart; the service-wide limiter does not.
  const isTooMany = countInvitations(room, user) + length > invitationsPerHour;
  if (!isTooMany && mayInviteNow(room, user, length)) return undefined;
  return errors.resourceConstraint(say`You may invite at most ${invitationsPerHour} users per hour`);
}

/** Takes `count` invitations from a user's hourly limit over all rooms. Returns false where it is used up. */
const mayInviteNow = ({ environment }: Room, user: string, count: number): boolean =>
  environment.invitations.take(user, environment.limits.invitationsPerHour, environment.elapsed(), count);

/**
 * Sends an invitation for an occupant. It names the inviter by occupant JID, so that the invitee learns no hidden real
 * JID. An invitation to a banned user, or of a silenced one, is counted but not sent: the inviter may not learn of it.
 */
function inviteFor(room: Room, stanza: Stanza, inviter: Occupant, { to, element }: Invitation): void {
  const actor = { nick: inviter.nick, jid: inviter.bareJid };
  if (isBanned(room, to) || !isHeard(room, inviter.bareJid)) {
    rememberInvitation(room, { ...record(room, actor, to, stanza.id), counts: true, over: true });
    return;
  }
  const mayBeAdded = room.affiliations.size < MAX_COUNT.affiliations;
  if (room.config.membersOnly && room.affiliationOf(to.bare) === "none" && mayBeAdded)
    applyAffiliation(room, to.bare, { affiliation: "member", by: inviter.bareJid });
  const reason = readReason(element);
  const continuation = child(element, "continue", NS.mucUser);
  const more = continuation ? tag("continue", { thread: threadOf(continuation) }) : "";
  const languages = { language: readLanguage(stanza.element), reasonLanguage: reasonLanguage(element) };
  sendInvitation(room, actor, to, stanza.id, { reason, more, counts: true, ...languages });
}

function threadOf({ attrs: { thread } }: Element): string | undefined {
  return thread === undefined || escapedBytes(thread) > MAX_BYTES.token ? undefined : thread;
}

/**
 * Invites a user whom an admin has made a member (section 9.5), without the admin's real JID. Invitations count towards
 * the admin's hourly limit; new members beyond it are not invited.
 */
export function inviteNewMember(room: Room, bareJid: string, actor: Actor, reason: string | undefined): void {
  const to = parseJid(bareJid);
  if (!to || isBanned(room, to) || room.closed || room.occupantsOf(bareJid).length > 0) return;
  const inviter = { ...actor, jid: accountOf(actor.jid) };
  if (!mayInviteNow(room, inviter.jid, 1)) return;
  sendInvitation(room, inviter, to, room.environment.newId(), { reason, counts: false });
}

/**
 * Invites a user in the name of the room, for an administrator of the service (bare JID): without a limit, and without a decline.
 * Makes the user a member of a members-only room.
 */
export function inviteForService(
  room: Room,
  to: Jid,
  { by, reason }: { readonly by: string; readonly reason: string | undefined },
): void {
  if (room.config.membersOnly && room.affiliationOf(to.bare) === "none")
    applyAffiliation(room, to.bare, { affiliation: "member", by });
  sendInvitation(room, { nick: undefined, jid: by }, to, room.environment.newId(), {
    reason,
    counts: false,
  });
}

/** Refuses an invitation of a user whom the room could not let in; undefined if it could. */
export function refuseInvitationOf(room: Room, to: Jid | undefined): StanzaError | undefined {
  if (!to?.local) return errors.jidMalformed(say`An invitation needs a user address: user@domain`);
  if (to.domain === room.environment.domain)
    return errors.notAllowed(say`Rooms and occupants cannot be invited`);
  return isBanned(room, to) ? errors.notAllowed(say`This user is banned from the room`) : undefined;
}

/** Returns the record of an invitation, which has the inviter's bare JID. */
function record(room: Room, { nick, jid }: Actor, to: Jid, id: string | undefined) {
  const from = nick === undefined ? room.address : room.occupantAddress(nick);
  return { inviter: jid, from, invitee: to.bare, id, at: room.environment.now() };
}

interface InvitationContent {
  readonly reason?: string | undefined;
  /** Further children of the invite element, as markup. */
  readonly more?: string;
  /** The language of the stanza, and that of the reason where it differs. */
  readonly language?: string | undefined;
  readonly reasonLanguage?: string | undefined;
  /** True if the room counts it towards the inviter's limit. */
  readonly counts: boolean;
}

function sendInvitation(
  room: Room,
  inviter: Actor,
  to: Jid,
  id: string | undefined,
  { reason = "", more = "", counts, language, reasonLanguage }: InvitationContent,
): void {
  const invitation = record(room, inviter, to, id);
  rememberInvitation(room, { ...invitation, counts });
  const password = room.config.passwordProtected ? textTag("password", room.config.password) : "";
  const content = reasonTag(reason, reasonLanguage) + more;
  const x = tag("x", { xmlns: NS.mucUser }, tag("invite", { from: invitation.from }, content) + password);
  const legacy = invitationForOlderClients(room, inviter, reason, language);
  room.effects.send(
    tag("message", { from: room.address, to: to.full, id, "xml:lang": language }, x + legacy),
  );
}

/**
 * Writes the invitation for clients without support for mediated invitations, as the implementation note of section 7.8.2
 * allows.
 */
function invitationForOlderClients(
  room: Room,
  { nick }: Actor,
  reason: string,
  language: string | undefined,
): string {
  const invited =
    nick === undefined
      ? say`You are invited to the room ${room.address}`
      : say`${nick} invites you to the room ${room.address}`;
  const body = reason === "" ? invited : say`${invited} (${reason})`;
  return textTag("x", reason, { xmlns: NS.conference, jid: room.address }) + bodyTag(body, language);
}

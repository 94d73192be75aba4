// Invitations that the room sends for an occupant (XEP-0045 section 7.8.2) or to a new member (section 9.5).
import { child, children, type Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { accountOf, type Jid, parseJid, prepareJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { applyAffiliation } from "../affiliations/affiliation-change.ts";
import { readLanguage } from "../model/language.ts";
import { LONGEST, MOST } from "../model/lengths.ts";
import { type DeliveryOutcome, DONE, UNHANDLED, type Unhandled } from "../model/outcome.ts";
import { readReason, reasonLanguage, reasonTag } from "../model/reason.ts";
import { mayInvite, mayReadAffiliationList } from "../permissions/privileges.ts";
import type { Actor } from "../room/actor.ts";
import type { Occupant } from "../room/occupant.ts";
import { countInvitations, rememberInvitation } from "../room/pending-invitations.ts";
import type { Room } from "../room/room.ts";

/** How often one user may invite the same other user within an hour. */
const REPETITIONS = 3;

interface Invitation {
  readonly to: Jid;
  readonly element: Element;
}

/** Invites users in the name of an occupant; as a whole or not at all. */
export function handleInvitation(room: Room, stanza: Stanza): DeliveryOutcome | Unhandled {
  const extension = child(stanza.element, "x", NS.mucUser);
  const elements = extension ? children(extension, "invite", NS.mucUser) : [];
  if (elements.length === 0) return UNHANDLED;
  const inviter = room.sessions.get(stanza.from.full);
  if (!inviter) return refuse(errors.notAcceptable("You are not in this room"));
  if (!mayInvite(room, inviter)) return refuse(errors.forbidden("You may not invite others to this room"));
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

/** Whether somebody is in the room already is not told: it would betray whose occupant is whose. */
function refuseInvitee(room: Room, inviter: Occupant, to: Jid | undefined): StanzaError | undefined {
  if (!to?.local) return errors.jidMalformed("An invitation needs a user address: user@domain");
  if (to.domain === room.environment.domain)
    return errors.notAllowed("Rooms and occupants cannot be invited");
  if (to.bare === inviter.bareJid) return errors.notAllowed("You are in this room");
  if (isBanned(room, to) && mayReadAffiliationList(room, inviter.bareJid, "outcast"))
    return errors.notAllowed("This user is banned from the room");
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
      return errors.resourceConstraint("You have invited this user too often. Try again later");
  }
  const { length } = invitations;
  // The room remembers what it has sent for the user before a restart too.
  const isTooMany = countInvitations(room, user) + length > invitationsPerHour;
  if (!isTooMany && mayInviteNow(room, user, length)) return undefined;
  return errors.resourceConstraint(`You may invite at most ${invitationsPerHour} users per hour`);
}

/** Whether a user may send so many more invitations, through whichever room; they count from here on. */
const mayInviteNow = ({ environment }: Room, user: string, count: number): boolean =>
  environment.invitations.take(user, environment.limits.invitationsPerHour, environment.elapsed(), count);

/**
 * The inviter is named by occupant JID: the invitee learns no real JID that the room hides. Who may not know that the
 * invitee is banned sees no difference: the invitation counts, and goes nowhere.
 */
function inviteFor(room: Room, stanza: Stanza, inviter: Occupant, { to, element }: Invitation): void {
  const actor = { nick: inviter.nick, jid: inviter.bareJid };
  if (isBanned(room, to)) {
    rememberInvitation(room, { ...record(room, actor, to, stanza.id), counts: true, over: true });
    return;
  }
  const mayBeAdded = room.affiliations.size < MOST.affiliations;
  if (room.config.membersOnly && room.affiliationOf(to.bare) === "none" && mayBeAdded)
    applyAffiliation(room, to.bare, { affiliation: "member" });
  const reason = readReason(element);
  const asked = child(element, "continue", NS.mucUser);
  const more = asked ? tag("continue", { thread: threadOf(asked) }) : "";
  const languages = { language: readLanguage(stanza.element), reasonLanguage: reasonLanguage(element) };
  sendInvitation(room, actor, to, stanza.id, { reason, more, counts: true, ...languages });
}

function threadOf({ attrs: { thread } }: Element): string | undefined {
  return thread === undefined || escapedBytes(thread) > LONGEST.token ? undefined : thread;
}

/**
 * Section 9.5: invites somebody whom an admin has made a member; the admin's real JID is not told. A long list of members
 * is no way round the limit: beyond it they are members, and not invited.
 */
export function inviteNewMember(room: Room, bareJid: string, actor: Actor, reason: string | undefined): void {
  const to = parseJid(bareJid);
  if (!to || room.closed || room.occupantsOf(bareJid).length > 0) return;
  const inviter = { ...actor, jid: accountOf(actor.jid) };
  if (!mayInviteNow(room, inviter.jid, 1)) return;
  sendInvitation(room, inviter, to, room.environment.newId(), { reason, counts: false });
}

/** What is remembered of an invitation; the inviter is named by bare JID here. */
function record(room: Room, { nick, jid }: Actor, to: Jid, id: string | undefined) {
  const from = nick === undefined ? room.address : room.occupantAddress(nick);
  return { inviter: jid, from, invitee: to.bare, id, at: room.environment.now() };
}

interface InvitationContent {
  readonly reason?: string | undefined;
  /** Further children of the invite element, as markup. */
  readonly more?: string;
  /** Of the stanza, and of the reason where it has one of its own. */
  readonly language?: string | undefined;
  readonly reasonLanguage?: string | undefined;
  /** Counts towards the inviter's rate. */
  readonly counts: boolean;
}

function sendInvitation(
  room: Room,
  inviter: Actor,
  to: Jid,
  id: string | undefined,
  { reason = "", more = "", counts, language, reasonLanguage }: InvitationContent,
): void {
  const sent = record(room, inviter, to, id);
  rememberInvitation(room, { ...sent, counts });
  const password = room.config.passwordProtected ? textTag("password", room.config.password) : "";
  const content = reasonTag(reason, reasonLanguage) + more;
  const x = tag("x", { xmlns: NS.mucUser }, tag("invite", { from: sent.from }, content) + password);
  const legacy = invitationForOlderClients(room, inviter, reason);
  room.effects.send(
    tag("message", { from: room.address, to: to.full, id, "xml:lang": language }, x + legacy),
  );
}

/** Says the same to clients that know no mediated invitations, as the implementation note of section 7.8.2 allows. */
function invitationForOlderClients(room: Room, { nick }: Actor, reason: string): string {
  const invited = nick === undefined ? "You are invited" : `${nick} invites you`;
  const body = `${invited} to the room ${room.address}${reason && ` (${reason})`}`;
  return (
    textTag("x", reason, { xmlns: NS.conference, jid: room.address }) +
    textTag("body", body, { "xml:lang": "en" })
  );
}

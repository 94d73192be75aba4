// Invitations that a room has sent (XEP-0045 section 7.8.2). They show who may decline, and limit how many a user
// sends. They are a note of the room, since an empty room soon leaves memory.
import { z } from "zod";
import { latestFitting } from "../model/latest-fitting.ts";
import { account, jsonNote } from "./json-note.ts";
import type { Room } from "./room.ts";

/** A sent invitation. */
export interface Invitation {
  /** Bare JID of the inviter. */
  readonly inviter: string;
  /** Address of the inviter as the invitee saw it: an occupant JID, or the room's address. */
  readonly from: string;
  /** Bare JID of the invitee. */
  readonly invitee: string;
  /** Id of the invitation's stanza. */
  readonly id?: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** True if it counts against the inviter's hourly limit. */
  readonly counts: boolean;
  /** True if it was declined, bounced or never sent. It is then stored only while it counts against the limit. */
  readonly over?: boolean;
}

const schema = z.array(
  z.strictObject({
    inviter: account,
    from: z.string(),
    invitee: account,
    id: z.string().optional(),
    at: z.number(),
    counts: z.boolean(),
    over: z.boolean().exactOptional(),
  }),
);

/** Oldest first. */
export const invitationsNote = jsonNote<readonly Invitation[]>("invitations", schema, []);
const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
const MAX_INVITATIONS = 500;

/** Stores an invitation for a week. Only the latest invitations of a room are stored. */
export function rememberInvitation(room: Room, invitation: Invitation): void {
  store(room, [...invitationsNote.read(room), invitation]);
}

/** Counts the invitations of a user in the last hour that count against the limit: to one invitee, or to all. */
export function countInvitations(room: Room, inviter: string, invitee?: string): number {
  const now = room.environment.now();
  // An invitation from the future was sent before the clock was set back.
  const counted = invitationsNote
    .read(room)
    .filter(({ counts, at }) => counts && at > now - HOUR && at <= now);
  return counted.filter(
    (invitation) =>
      invitation.inviter === inviter && (invitee === undefined || invitation.invitee === invitee),
  ).length;
}

/**
 * Finds the invitee's latest invitation of the last week for which `matches` holds, and marks it as over: an invitation
 * can be declined, or bounce, once.
 */
export function takeInvitation(
  room: Room,
  invitee: string,
  matches: (invitation: Invitation) => boolean,
): Invitation | undefined {
  const all = invitationsNote.read(room);
  const since = room.environment.now() - WEEK;
  const found = all.findLast(
    (invitation) =>
      !invitation.over && invitation.invitee === invitee && invitation.at > since && matches(invitation),
  );
  if (found)
    store(
      room,
      all.map((invitation) => (invitation === found ? { ...invitation, over: true } : invitation)),
    );
  return found;
}

function store(room: Room, all: readonly Invitation[]): void {
  const now = room.environment.now();
  const needed = all.filter(
    ({ at, over, counts }) => at > now - WEEK && (!over || (counts && at > now - HOUR)),
  );
  invitationsNote.write(room, latestFitting(needed, MAX_INVITATIONS));
}

// The invitations of a room (XEP-0045 section 7.8.2): only who was invited may decline, and nobody invites without end.
// They are kept with the room, which is soon out of memory when nobody is in it.
import { z } from "zod";
import { latestFitting } from "../model/latest-fitting.ts";
import { account, jsonNote } from "./json-note.ts";
import type { Room } from "./room.ts";

/** An invitation that the room has sent. Addresses are as the room sent them. */
export interface Invitation {
  /** Bare JID of who invited. */
  readonly inviter: string;
  /** What the invitee was told as the inviter: an occupant JID, or the room's address. */
  readonly from: string;
  /** Bare JID. */
  readonly invitee: string;
  /** The id of the invitation's stanza. */
  readonly id?: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whether it counts among those that the inviter may send in an hour. */
  readonly counts: boolean;
  /** Declined, come back or never sent: it is kept only as long as it counts. */
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
const MOST = 500;

/** Remembers an invitation for a week, if it is among the latest. */
export function rememberInvitation(room: Room, invitation: Invitation): void {
  keep(room, [...invitationsNote.read(room), invitation]);
}

/** The invitations that a user has sent to somebody (or to anybody) within the last hour, as far as they count. */
export function countInvitations(room: Room, inviter: string, invitee?: string): number {
  const now = room.environment.now();
  // What seems to come from the future was sent before the clock was put back.
  const counted = invitationsNote
    .read(room)
    .filter(({ counts, at }) => counts && at > now - HOUR && at <= now);
  return counted.filter(
    (sent) => sent.inviter === inviter && (invitee === undefined || sent.invitee === invitee),
  ).length;
}

/** Takes out the latest invitation of a user of the last week that `matches`: it may be declined, or come back, once. */
export function takeInvitation(
  room: Room,
  invitee: string,
  matches: (invitation: Invitation) => boolean,
): Invitation | undefined {
  const all = invitationsNote.read(room);
  const since = room.environment.now() - WEEK;
  const found = all.findLast(
    (sent) => !sent.over && sent.invitee === invitee && sent.at > since && matches(sent),
  );
  if (found)
    keep(
      room,
      all.map((sent) => (sent === found ? { ...sent, over: true } : sent)),
    );
  return found;
}

function keep(room: Room, all: readonly Invitation[]): void {
  const now = room.environment.now();
  const needed = all.filter(
    ({ at, over, counts }) => at > now - WEEK && (!over || (counts && at > now - HOUR)),
  );
  invitationsNote.keep(room, latestFitting(needed, MOST));
}

/** An invitation that the room has sent and that may still be declined. Addresses are as the room sent them. */
export interface PendingInvitation {
  /** Bare JID of who invited. */
  readonly inviter: string;
  /** What the invitee was told as the inviter: an occupant JID, or the room's address. */
  readonly from: string;
  /** Bare JID. */
  readonly invitee: string;
  /** The id of the invitation's stanza. */
  readonly id: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const WEEK = 7 * 24 * 3_600_000;
const MOST = 500;

/** The latest 500 invitations of the last week, in memory only: only who was invited may decline (XEP-0045 section 7.8.2). */
export class PendingInvitations {
  readonly #pending: PendingInvitation[] = [];

  add(invitation: PendingInvitation): void {
    this.#pending.push(invitation);
    while (this.#pending.length > MOST) this.#pending.shift();
  }

  /** Takes out the latest invitation of a user that `matches`. */
  take(
    invitee: string,
    now: number,
    matches: (invitation: PendingInvitation) => boolean,
  ): PendingInvitation | undefined {
    const index = this.#pending.findLastIndex(
      (pending) => pending.invitee === invitee && pending.at > now - WEEK && matches(pending),
    );
    return index < 0 ? undefined : this.#pending.splice(index, 1)[0];
  }
}

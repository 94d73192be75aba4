// Whose stanzas have brought about what waits to be written of a room.
import { fairShare } from "./fair-share.ts";

interface Account {
  /** Bytes to be written, by bare JID; what no user has brought about has an empty one. */
  readonly users: Map<string, number>;
  /** The most that a user may have waiting while the room has too much. */
  share: number;
  /** The bytes that have come and gone since the share was found. */
  moved: number;
}

/** The bytes that wait, by room and user. */
export class UserShares {
  readonly #rooms = new Map<string, Account>();
  readonly #review: number;

  /** `review`: a share is found anew when so many bytes of its room have come and gone. */
  constructor(review: number) {
    this.#review = review;
  }

  /** How many users have something that waits. */
  get users(): number {
    let sum = 0;
    for (const { users } of this.#rooms.values()) sum += users.size;
    return sum;
  }

  /** Adds bytes that a user has brought about; negative where they are written. */
  count(node: string, user: string, bytes: number): void {
    const account = this.#rooms.get(node) ?? {
      users: new Map(),
      share: 0,
      moved: Number.POSITIVE_INFINITY,
    };
    const ofUser = (account.users.get(user) ?? 0) + bytes;
    if (ofUser === 0) account.users.delete(user);
    else account.users.set(user, ofUser);
    account.moved += Math.abs(bytes);
    if (account.users.size === 0) this.#rooms.delete(node);
    else this.#rooms.set(node, account);
  }

  /** Whether a user has more waiting than its fair share of the bytes that its room may have waiting. */
  isOver(node: string, user: string, space: number): boolean {
    const account = this.#rooms.get(node);
    if (!account) return false;
    if (account.moved > this.#review) {
      account.share = fairShare([...account.users.values()], space);
      account.moved = 0;
    }
    return (account.users.get(user) ?? 0) > account.share;
  }
}

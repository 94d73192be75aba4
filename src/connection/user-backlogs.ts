// Backlog of each room by the user whose stanzas caused it.
import { SmallMap } from "../muc/model/small-map.ts";
import { fairShare } from "./fair-share.ts";

interface Account {
  /** Bytes on the wire by bare JID, which is empty for output that no user caused. */
  readonly users: SmallMap<string, number>;
  /** The fair share of one user in bytes. */
  share: number;
  /** Bytes added and removed since the share was computed. */
  changed: number;
}

/** Bytes that wait, by room and user. */
export class UserBacklogs {
  readonly #rooms = new Map<string, Account>();
  readonly #review: number;

  /** `review`: bytes of change after which the shares of a room's users are computed again. */
  constructor(review: number) {
    this.#review = review;
  }

  /** Number of users who caused output that waits, counted in each room. */
  get users(): number {
    let sum = 0;
    for (const { users } of this.#rooms.values()) sum += users.size;
    return sum;
  }

  /** Adds bytes that a user caused; negative when they are written. */
  count(node: string, user: string, bytes: number): void {
    const account = this.#rooms.get(node) ?? {
      users: new SmallMap(),
      share: 0,
      changed: Number.POSITIVE_INFINITY,
    };
    const ofUser = (account.users.get(user) ?? 0) + bytes;
    if (ofUser === 0) account.users.delete(user);
    else account.users.set(user, ofUser);
    account.changed += Math.abs(bytes);
    if (account.users.size === 0) this.#rooms.delete(node);
    else this.#rooms.set(node, account);
  }

  /** Returns true if a user is above its fair share of `space`, the bytes of its room. */
  isOver(node: string, user: string, space: number): boolean {
    const account = this.#rooms.get(node);
    if (!account) return false;
    if (account.changed > this.#review) {
      account.share = fairShare([...account.users.values()], space);
      account.changed = 0;
    }
    return (account.users.get(user) ?? 0) > account.share;
  }
}

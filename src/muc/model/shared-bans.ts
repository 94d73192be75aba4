/** Bans that the rooms of a group share (docs/moderation.md). */
export interface SharedBans {
  /**
   * Returns true if another room bans an account or its domain: of the group in which the operator's configuration has the room,
   * or of the group that its owner has named (its key, `Room.banGroup`).
   */
  bans(node: string, bareJid: string, group?: string): boolean;
  /** Returns a number that is another one after each change of the bans of a group that an owner has named. */
  versionOf(group: string | undefined): number;
}

/** Without groups. */
export const NO_SHARED_BANS: SharedBans = { bans: () => false, versionOf: () => 0 };

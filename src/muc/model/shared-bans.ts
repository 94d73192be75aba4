/** Bans that the rooms of a group share (docs/moderation.md). */
export interface SharedBans {
  /** Returns true if another room of a room's group bans an account or its domain. */
  bans(node: string, bareJid: string): boolean;
}

/** Without groups. */
export const NO_SHARED_BANS: SharedBans = { bans: () => false };

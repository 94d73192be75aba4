// What the operator lets users do in all rooms, by the lists of docs/moderation.md.

/**
 * How the service treats an account.
 * - "free": it is on no list.
 * - "reported": on a list that the service subscribes to. It is banned from rooms in which it has no affiliation.
 * - "barred": on the operator's list for entry. It is banned from all rooms.
 * - "refused": it may not use the service at all.
 */
export type Standing = "free" | "reported" | "barred" | "refused";

export interface ServiceAccess {
  /** Returns the standing of an account. Administrators of the service are free. */
  standingOf(bareJid: string): Standing;
  /** Increases when a standing may have changed. */
  readonly version: number;
  /** Return true if a user may make a room persistent, or public. */
  mayPersist(bareJid: string): boolean;
  mayPublish(bareJid: string): boolean;
}

/** The access of a service without any list. */
export const OPEN_ACCESS: ServiceAccess = {
  standingOf: () => "free",
  version: 0,
  mayPersist: () => true,
  mayPublish: () => true,
};

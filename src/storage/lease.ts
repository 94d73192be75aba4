import type { StorageError } from "./store.ts";

/** The right to serve, of which one process at a time may be sure. */
export interface Lease {
  /** True while no other process can have taken over. Without it, nothing may be written to server or database. */
  readonly isHeld: boolean;
  /** True if a standby is ready that can reach the XMPP server. */
  readonly hasReadyStandby: boolean;
  /** Resolves when the lease is held. Never resolves after it is lost. */
  whenHeld(): Promise<void>;
  /** Calls `listener` at each renewal. What waited for the lease can go on then. */
  onRenewed(listener: () => void): void;
  /** Tells standbys whether this process has a link to the XMPP server, or at least a way to it. */
  reportLink(isUp: boolean): void;
  /** Resolves when another process has taken over. */
  readonly lost: Promise<StorageError>;
}

/** Options of a process that waits until it can take over. */
export interface StandbyOptions {
  /** Tries to connect to the XMPP server. Called while the present holder has no way to it. Never rejects. */
  reachesServer(): Promise<boolean>;
}

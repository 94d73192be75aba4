// Lets another process serve if this one has lost its way to the XMPP server. Decisions 0056 and 0058.
import type { Lease } from "./storage/lease.ts";

/** Milliseconds without a way to the server after which a standby shall serve. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 500;

export interface Way {
  readonly link: { readonly online: boolean };
  /** Tries to connect to the server; never rejects. */
  reachesServer(): Promise<boolean>;
  /** Returns false while this process serves nobody, so that nobody gains if it ends. */
  isNeeded?(): boolean;
  /** True if all may lose their way at once. The five seconds then begin when another one has it back, as this one may be next. */
  readonly isShared?: boolean;
}

/**
 * Tells standbys whether this process reaches the XMPP server. Calls `handOver` once if it has not for five seconds while a
 * standby does. A server that can be reached but gives no link would give a standby none either. Without the
 * lease it does nothing. Returns a function that ends the watch.
 */
export function watchForHandover(
  lease: Pick<Lease, "isHeld" | "reportLink" | "hasReadyStandby">,
  { link, reachesServer, isNeeded = () => true, isShared = false }: Way,
  handOver: () => void,
): () => void {
  let lastReached = performance.now();
  let isLooking = false;
  const timer = setInterval(() => void look(), LOOK_MS);
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    clearInterval(timer);
  };

  async function look(): Promise<void> {
    if (isLooking) return;
    if (!lease.isHeld) {
      lastReached = performance.now();
      return;
    }
    isLooking = true;
    const reaches = link.online || (await reachesServer());
    isLooking = false;
    if (isOver) return;
    const now = performance.now();
    if (reaches || (isShared && !lease.hasReadyStandby)) lastReached = now;
    lease.reportLink(reaches);
    if (now - lastReached < PATIENCE_MS || !lease.hasReadyStandby || !isNeeded()) return;
    stop();
    handOver();
  }

  return stop;
}

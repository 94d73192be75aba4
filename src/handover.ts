import type { Lease } from "./storage/lease.ts";

/** Milliseconds without a link after which a standby shall serve. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 500;

/**
 * Tells standbys whether this process has a link to the XMPP server. Calls `handOver` once if it has had none for five
 * seconds while a standby reaches the server. Returns a function that ends the watch.
 */
export function watchForHandover(
  lease: Pick<Lease, "reportLink" | "hasReadyStandby">,
  link: { readonly online: boolean },
  handOver: () => void,
): () => void {
  let lastOnline = performance.now();
  const timer = setInterval(() => {
    const { online } = link;
    const now = performance.now();
    if (online) lastOnline = now;
    lease.reportLink(online);
    if (now - lastOnline < PATIENCE_MS || !lease.hasReadyStandby) return;
    clearInterval(timer);
    handOver();
  }, LOOK_MS);
  return () => clearInterval(timer);
}

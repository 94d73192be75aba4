import type pg from "pg";

/** Leases that tests renew in place of a process. */
export class Beats {
  readonly #stops = new Set<() => Promise<void>>();

  /** Renews a lease by a statement every `interval` milliseconds, until the function that it returns has resolved. */
  begin(client: pg.Client, statement: string, interval = 100): () => Promise<void> {
    let latest: Promise<unknown> = Promise.resolve();
    // A fault shows in the lease, which runs out.
    const beat = (): void => {
      latest = client.query(statement).catch(() => {});
    };
    const timer = setInterval(beat, interval);
    const stop = async (): Promise<void> => {
      clearInterval(timer);
      this.#stops.delete(stop);
      await latest;
    };
    this.#stops.add(stop);
    return stop;
  }

  /** Ends all; a session must not end while a beat waits for its answer. */
  async stopAll(): Promise<void> {
    for (const stop of this.#stops) await stop();
  }
}

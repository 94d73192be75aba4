import type { Store } from "../../storage/store.ts";

/** Rooms that one read of the store looks at. */
const PORTION = 500;

/** Yields the nodes of rooms that have anything about an account, in their order. */
export async function* roomsWithTraces(
  store: Pick<Store, "nodes" | "tracesOfAccount">,
  account: string,
): AsyncGenerator<string> {
  for (let place = ""; ; ) {
    const portion: string[] = await store.nodes(place, PORTION);
    const last = portion.at(-1);
    if (last === undefined) return;
    yield* await store.tracesOfAccount(account, place, last);
    place = last;
  }
}

// Reads a complete store page by page. Nothing else may use the store meanwhile.
import type { StoredAct } from "../muc/model/act.ts";
import type { ArchivedMessage } from "../muc/model/journal.ts";
import { StorageError, type Store } from "./store.ts";
import type { Delivery } from "./webhook-table.ts";

export const PAGE = 500;

/** Yields the nodes of all rooms, in their order. */
export async function* allNodes(store: Store): AsyncGenerator<string> {
  let after: string | undefined;
  for (;;) {
    const nodes: string[] = await store.nodes(after, PAGE);
    yield* nodes;
    after = nodes.at(-1);
    if (nodes.length < PAGE) return;
  }
}

/** Yields a room's archive, oldest first, from behind the message `after`. Throws `StorageError` if there is no room. */
export async function* allMessages(
  store: Store,
  node: string,
  after?: string,
): AsyncGenerator<ArchivedMessage> {
  for (let last = after; ; ) {
    const afterIds = last === undefined ? [] : [last];
    const page = await store.readArchive(node, {
      afterIds,
      beforeIds: [],
      extras: "all",
      max: PAGE,
      fromEnd: false,
    });
    if (!page) throw new StorageError(`the room ${JSON.stringify(node)} changed while it was read`);
    yield* page.messages;
    last = page.messages.at(-1)?.stanzaId;
    if (page.complete || last === undefined) return;
  }
}

/** Yields the events that wait for a webhook, oldest first. */
export async function* allDeliveries(store: Store, hook: string): AsyncGenerator<Delivery> {
  for (let last = 0; ; ) {
    const page = await store.readDeliveries(hook, false, last, PAGE);
    yield* page;
    last = page.at(-1)?.id ?? last;
    if (page.length < PAGE) return;
  }
}

/** Yields the records of acts, oldest first: of one room (`node`) or of all. */
export async function* allActs(store: Store, node?: string): AsyncGenerator<StoredAct> {
  for (let last = 0; ; ) {
    const page = await store.actsAfter(last, PAGE, node);
    yield* page;
    last = page.at(-1)?.id ?? last;
    if (page.length < PAGE) return;
  }
}

// Archives of other servers may hold an item twice: copied, or under an id that nothing keeps unique.
import { DiskSet } from "./disk-set.ts";
import type { Item } from "./source.ts";

/** Leaves out messages whose stanza-id an earlier message of the room has: clients know the first by it. */
export async function* dropDuplicates(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  using ids = new DiskSet();
  let node: string | undefined;
  let dropped = 0;
  function* endRoom(): Generator<Item> {
    if (dropped > 0) yield { kind: "loss", node, what: `${dropped} duplicate archive items` };
    dropped = 0;
  }
  for await (const item of items) {
    if (item.kind === "message") {
      if (ids.add(item.message.stanzaId)) yield item;
      else dropped += 1;
      continue;
    }
    if (item.kind === "room") {
      yield* endRoom();
      node = item.room.node;
      ids.clear();
    }
    yield item;
  }
  yield* endRoom();
}

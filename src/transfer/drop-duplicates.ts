// Archives of other servers that hold an item twice: one was copied, or two have the same id where nothing keeps it single.
import { DiskSet } from "./disk-set.ts";
import type { Item } from "./source.ts";

/** The items without messages whose stanza-id another one before them has in their room: what clients know by it is the first. */
export async function* dropDuplicates(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  using ids = new DiskSet();
  let node: string | undefined;
  let left = 0;
  function* endRoom(): Generator<Item> {
    if (left > 0) yield { kind: "loss", node, what: `${left} items of the archive, which are there twice` };
    left = 0;
  }
  for await (const item of items) {
    if (item.kind === "message") {
      if (ids.add(item.message.stanzaId)) yield item;
      else left += 1;
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

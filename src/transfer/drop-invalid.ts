// Records that were read from another server are held to the format of exports, as those of an export are.
import type { z } from "zod";
import { roomContent } from "./export.ts";
import { LINES } from "./format.ts";
import type { Item } from "./source.ts";

/** The items that are in order. A room that is not is left out with its archive, and each is told of as a loss. */
export async function* dropInvalid(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  let node: string | undefined;
  let isLeft = false;
  let left = 0;
  function* endRoom(): Generator<Item> {
    if (left > 0) yield { kind: "loss", node, what: `${left} items of the archive, which are damaged` };
    left = 0;
  }
  for await (const item of items) {
    if (item.kind === "room") {
      yield* endRoom();
      node = item.room.node;
      const problem = problemIn(LINES.room, roomContent(item.room));
      isLeft = problem !== undefined;
      if (isLeft) yield { kind: "loss", node, what: `the room, which is damaged: ${problem}` };
      else yield item;
    } else if (item.kind === "message") {
      if (isLeft) continue;
      if (problemIn(LINES.message, item.message) === undefined) yield item;
      else left += 1;
    } else if (item.kind === "moved") {
      const problem = problemIn(LINES.moved, item.moved);
      if (problem === undefined) yield item;
      else yield { kind: "loss", node: item.moved.node, what: `what is known of its end: ${problem}` };
    } else yield item;
  }
  yield* endRoom();
}

function problemIn(schema: z.ZodType, value: unknown): string | undefined {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  return issue && `${issue.path.join(".")}: ${issue.message}`;
}

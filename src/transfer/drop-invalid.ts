// Records from another server must fit the format of exports, like those of an export.
import type { z } from "zod";
import { destroyedContent, messageContent, roomContent } from "./export.ts";
import { LINES } from "./format.ts";
import type { Item } from "./source.ts";

/** Leaves out invalid items, and reports each as a loss. An invalid room goes with its archive. */
export async function* dropInvalid(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  let node: string | undefined;
  let isRoomDropped = false;
  let dropped = 0;
  function* endRoom(): Generator<Item> {
    if (dropped > 0) yield { kind: "loss", node, what: `${dropped} damaged archive items` };
    dropped = 0;
  }
  for await (const item of items) {
    if (item.kind === "room") {
      yield* endRoom();
      node = item.room.node;
      const problem = problemIn(LINES.room, roomContent(item.room));
      isRoomDropped = problem !== undefined;
      if (isRoomDropped) yield { kind: "loss", node, what: `the room (damaged: ${problem})` };
      else yield item;
    } else if (item.kind === "message") {
      if (isRoomDropped) continue;
      if (problemIn(LINES.message, messageContent(item.message)) === undefined) yield item;
      else dropped += 1;
    } else if (item.kind === "destroyed") {
      const problem = problemIn(LINES.destroyed, destroyedContent(item.destroyed));
      if (problem === undefined) yield item;
      else yield { kind: "loss", node: item.destroyed.node, what: `its tombstone: ${problem}` };
    } else yield item;
  }
  yield* endRoom();
}

function problemIn(schema: z.ZodType, value: unknown): string | undefined {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  return issue && `${issue.path.join(".")}: ${issue.message}`;
}

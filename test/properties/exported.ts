// Exports of the rooms: an import accepts each of them unchanged (docs/transfer.md).
import { isDeepStrictEqual } from "node:util";
import { destroyedContent, messageContent, roomContent } from "../../src/transfer/export.ts";
import { LINES } from "../../src/transfer/format.ts";
import { ensure } from "./ensure.ts";
import type { World } from "./world.ts";

export function checkExport({ store }: World): void {
  for (const destroyed of store.loadDestroyedRooms()) checkLine("destroyed", destroyedContent(destroyed));
  for (const node of store.nodes(undefined, 10)) {
    const room = store.loadRoom(node);
    if (room) checkLine("room", roomContent(room));
    const archive = store.readArchive(node, { afterIds: [], beforeIds: [], max: 1_000, fromEnd: false });
    for (const message of archive?.messages ?? []) checkLine("message", messageContent(message));
  }
}

function checkLine(kind: "room" | "message" | "destroyed", content: object): void {
  const written: unknown = JSON.parse(JSON.stringify(content));
  const read = LINES[kind].safeParse(written);
  const what = `an import takes the ${kind} that an export has, as it is`;
  ensure(read.success, what, read.error?.issues[0]?.message, JSON.stringify(written));
  ensure(isDeepStrictEqual(read.data, written), what, JSON.stringify(read.data), JSON.stringify(written));
}

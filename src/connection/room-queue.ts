// Output of one room that waits to be written, in order.
import type { Broadcast, Output } from "../muc/model/effects.ts";
import { SmallMap } from "../muc/model/small-map.ts";
import type { Backlog } from "./backlog.ts";
import { outputSize } from "./output-size.ts";

/** Backlog of a room in bytes above which a newer broadcast of the same key replaces one that waits. */
const REPLACE_ABOVE = 1_048_576;

/** A broadcast that a newer one of the same key may replace until it is begun. */
export class Replaceable {
  readonly kind = "replaceable";
  readonly key: string;
  /** Undefined after it is replaced. */
  broadcast: Broadcast | undefined;
  readonly sender: string;

  constructor(key: string, broadcast: Broadcast, sender: string) {
    this.key = key;
    this.broadcast = broadcast;
    this.sender = sender;
  }
}

export interface RoomQueue {
  /** Texts that were refused by the server and go before the outputs. */
  readonly resends: string[];
  /** Outputs; a written one is undefined, so that it takes no memory. */
  outputs: (Output | Replaceable | undefined)[];
  /** The sender who caused each output, as in `Effects`. */
  senders: string[];
  /** The latest broadcast of each key. */
  readonly replaceable: SmallMap<string, Replaceable>;
  /** Index of the next output. */
  next: number;
  /** Place of the next recipient of a broadcast, or the next stanza of a batch. */
  place: number;
  /** Number of stanzas of that output that are written. */
  written: number;
}

export const newQueue = (): RoomQueue => ({
  resends: [],
  outputs: [],
  senders: [],
  replaceable: new SmallMap(),
  next: 0,
  place: 0,
  written: 0,
});

export const isEmpty = ({ resends, outputs, next }: RoomQueue): boolean =>
  resends.length === 0 && next >= outputs.length;

/** Returns the sender who caused the next output. */
export const senderOf = ({ senders, next }: RoomQueue): string => senders[next] ?? "";

/** Adds an output, which may replace an older broadcast of the same key if the room has a large backlog. */
export function enqueue(
  node: string,
  queue: RoomQueue,
  output: Output,
  sender: string,
  backlog: Backlog,
): void {
  const { outputs, senders } = queue;
  const key = output.kind === "broadcast" ? output.coalesceKey : undefined;
  if (output.kind !== "broadcast" || key === undefined) outputs.push(output);
  else {
    const older = queue.replaceable.get(key);
    const isBegun = queue.place > 0 && outputs[queue.next] === older;
    if (older?.broadcast && !isBegun && backlog.wireBytesOf(node) > REPLACE_ABOVE) {
      backlog.remove(node, outputSize(older.broadcast), older.sender);
      older.broadcast = undefined;
    }
    const latest = new Replaceable(key, output, sender);
    queue.replaceable.set(key, latest);
    outputs.push(latest);
  }
  senders.push(sender);
}

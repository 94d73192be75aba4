// What is to be written, room by room: a room with much to say does not keep the others waiting.
import { type Saying, type Speech, writeCopies } from "../muc/effects.ts";
import type { Inquiry } from "../muc/records.ts";

/** Characters after which a room lets the next one speak. */
const TURN_SIZE = 65_536;

interface Queue {
  readonly items: Saying[];
  /** The next item, and of copies the next recipient. */
  item: number;
  recipient: number;
}

export class Turns {
  /** By room, in the order of their turns; a room is not in it when nothing of it waits. */
  readonly #queues = new Map<string, Queue>();

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** Adds what a room says, behind what waits of the same room. */
  add({ node, sayings }: Speech): void {
    const queue = this.#queues.get(node);
    if (queue) for (const saying of sayings) queue.items.push(saying);
    else this.#queues.set(node, { items: [...sayings], item: 0, recipient: 0 });
  }

  /** The text of the next room's turn; it may be empty. `ask` is called for inquiries when it is their turn. */
  next(ask: (inquiry: Inquiry) => void): string {
    for (const [room, queue] of this.#queues) {
      this.#queues.delete(room);
      const text = take(queue, ask);
      if (queue.item < queue.items.length) this.#queues.set(room, queue);
      return text;
    }
    return "";
  }
}

function take(queue: Queue, ask: (inquiry: Inquiry) => void): string {
  let text = "";
  while (text.length < TURN_SIZE && queue.item < queue.items.length) {
    const item = queue.items[queue.item] ?? "";
    if (typeof item === "string") text += item;
    else if ("ask" in item) ask(item);
    else {
      // So many copies fill the turn, about.
      const size = item.head.length + item.tail.length + 32;
      const end = queue.recipient + Math.max(1, Math.ceil((TURN_SIZE - text.length) / size));
      text += writeCopies(item, queue.recipient, end);
      queue.recipient = end;
      if (end < item.to.length) break;
      queue.recipient = 0;
    }
    queue.item += 1;
  }
  return text;
}

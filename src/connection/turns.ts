// What is to be written, room by room: a room with much to say does not keep the others waiting.
import {
  type Copies,
  nextRecipients,
  type Saying,
  type Series,
  type Speech,
  type Words,
  writeCopies,
  writeSeries,
} from "../muc/effects.ts";
import type { Inquiry } from "../muc/records.ts";
import { Backlog } from "./backlog.ts";
import type { Multicast } from "./multicast.ts";
import { sizeOfStanza, weigh } from "./weight.ts";

/** Characters after which a room lets the next one speak. */
const TURN_SIZE = 65_536;
/** Recipients of copies that the server makes, which take little to write, in one turn. */
const TURN_RECIPIENTS = 1_000;
/** Places that are passed in one turn, since whoever had them is gone or they are not meant. */
const TURN_PLACES = 10_000;
/**
 * Where so many bytes of a room wait, who has left it meanwhile is not told any more of others who come and go. Many, so
 * that what a room says on an ordinary day does not depend on the server's pace.
 */
const LATE = 33_554_432;
/** A room that never has said everything forgets what it has said whenever there is so much of it. */
const SAID = 1_000;

interface Queue {
  /** What was said in vain, which comes before the items. */
  readonly again: string[];
  items: Saying[];
  /** The next item, and of copies the next recipient, of a series the next stanza. */
  item: number;
  place: number;
  /** How many copies or stanzas of that item have been written. */
  copies: number;
}

type Ways = Pick<Multicast, "carries" | "write" | "question" | "isUnderWay" | "isFull">;

export class Turns {
  /** By room, in the order of their turns; a room is not in it when nothing of it waits. */
  readonly #queues = new Map<string, Queue>();
  /** Rooms that wait until the server has delivered copies. */
  readonly #held = new Map<string, Queue>();
  readonly #multicast: Ways | undefined;
  readonly #backlog: Backlog;
  #said = 0;
  #passed = 0;

  /** What is written is taken off the account of what waits, to which it was added before; inquiries are not. */
  constructor(multicast?: Ways, backlog = new Backlog()) {
    this.#multicast = multicast;
    this.#backlog = backlog;
  }

  /** How many stanzas have been said, a copy for each recipient. */
  get said(): number {
    return this.#said;
  }

  /** How many places have been passed at which nobody was told anything. */
  get passed(): number {
    return this.#passed;
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0 && this.#held.size === 0;
  }

  /** Whether a room has something that can be written now. */
  get canSpeak(): boolean {
    return this.#queues.size > 0;
  }

  /** Adds what a room says, behind what waits of the same room. */
  add({ node, sayings }: Speech): void {
    const { items } = this.#queueOf(node);
    for (const saying of sayings) items.push(saying);
  }

  /** Adds the text of what a room has said in vain: in the order of the calls, before what waits of the same room. */
  repeat(node: string, text: string): void {
    this.#queueOf(node).again.push(text);
  }

  /** The text of the next room's turn; it may be empty. `ask` is called for inquiries when it is their turn. */
  next(ask: (inquiry: Inquiry, node: string) => void): string {
    for (const [room, queue] of this.#queues) {
      this.#queues.delete(room);
      const { text, held, said, passed } = take(room, queue, ask, this.#backlog, this.#multicast);
      this.#said += said;
      this.#passed += passed;
      if (held) this.#held.set(room, queue);
      else if (!isDone(queue)) this.#queues.set(room, queue);
      return text + (this.#multicast?.question() ?? "");
    }
    return "";
  }

  /** Copies have been delivered: who has waited tries again. */
  release(): void {
    for (const [room, queue] of this.#held) this.#queues.set(room, queue);
    this.#held.clear();
  }

  #queueOf(node: string): Queue {
    const waiting = this.#queues.get(node) ?? this.#held.get(node);
    if (waiting) return waiting;
    const queue: Queue = { again: [], items: [], item: 0, place: 0, copies: 0 };
    this.#queues.set(node, queue);
    return queue;
  }
}

const isDone = ({ again, items, item }: Queue): boolean => again.length === 0 && item >= items.length;

const isForOne = (saying: Words | undefined): boolean =>
  typeof saying === "string" || (saying !== undefined && "stanzas" in saying);

/** The item at a place of the queue, put into words if it was not; undefined behind the last. */
function wordsAt(room: string, { items }: Queue, place: number, backlog: Backlog): Words | undefined {
  for (;;) {
    const item = items[place];
    if (typeof item !== "object" || !("sayings" in item)) return item;
    const sayings = item.sayings();
    backlog.remove(room, weigh(item));
    for (const saying of sayings) backlog.add(room, weigh(saying));
    items.splice(place, 1, ...sayings);
  }
}

function take(
  room: string,
  queue: Queue,
  ask: (inquiry: Inquiry, node: string) => void,
  backlog: Backlog,
  multicast?: Ways,
): { text: string; held: boolean; said: number; passed: number } {
  let text = "";
  let said = 0;
  let passed = 0;
  const isLate = backlog.writtenOf(room) > LATE;
  while (text.length < TURN_SIZE && passed < TURN_PLACES && !isDone(queue)) {
    // Copies of which some are written go on first.
    if (queue.again.length > 0 && queue.place === 0) {
      if (multicast?.isUnderWay(room)) return { text, held: true, said, passed };
      const repeated = queue.again.shift() ?? "";
      text += repeated;
      backlog.remove(room, weigh(repeated));
      continue;
    }
    const item = wordsAt(room, queue, queue.item, backlog);
    if (item === undefined) break;
    if (typeof item === "string") {
      if (multicast?.isUnderWay(room)) return { text, held: true, said, passed };
      text += item;
      said += 1;
      backlog.remove(room, weigh(item));
    } else if ("ask" in item) ask(item, room);
    else if ("stanzas" in item) {
      if (multicast?.isUnderWay(room)) return { text, held: true, said, passed };
      const { length } = item.stanzas;
      const isMoot = isLate && item.inside?.has(item.to) === false;
      const { text: part, end } = isMoot
        ? { text: "", end: length }
        : writeSeries(item, queue.place, TURN_SIZE - text.length);
      text += part;
      if (isMoot) passed += length;
      else said += end - queue.place;
      const size = Math.floor(weigh(item).written / length);
      if (!markWritten(room, queue, item, { count: end - queue.place, size, end, length }, backlog)) break;
    } else {
      const together =
        multicast?.carries(room, item, isForOne(wordsAt(room, queue, queue.item + 1, backlog))) === true;
      if (together ? multicast.isFull : multicast?.isUnderWay(room))
        return { text, held: true, said, passed };
      // So many copies fill the turn, about.
      const size = sizeOfStanza(item);
      const fitting = Math.max(1, Math.ceil((TURN_SIZE - text.length) / size));
      const count = together ? TURN_RECIPIENTS : fitting;
      const { found: to, end } = nextRecipients(item.to, queue.place, {
        count,
        passing: TURN_PLACES - passed,
        isLate,
      });
      if (to.length > 0) {
        const copies = { head: item.head, tail: item.tail, to };
        text += together ? multicast.write(room, copies) : writeCopies(copies);
      }
      said += to.length;
      passed += end - queue.place - to.length;
      const { length } = item.to;
      if (!markWritten(room, queue, item, { count: to.length, size, end, length }, backlog)) break;
    }
    queue.items[queue.item] = "";
    queue.item += 1;
  }
  if (queue.item >= SAID && queue.item * 2 >= queue.items.length) {
    queue.items = queue.items.slice(queue.item);
    queue.item = 0;
  }
  return { text, held: false, said, passed };
}

/** What was written of an item: so many of `size` bytes each, up to the place `end` of `length`. */
interface Part {
  readonly count: number;
  readonly size: number;
  readonly end: number;
  readonly length: number;
}

/** Takes what was written of an item off the account of what waits; false where there is more of the item. */
function markWritten(
  room: string,
  queue: Queue,
  item: Copies | Series,
  { count, size, end, length }: Part,
  backlog: Backlog,
): boolean {
  if (end < length) {
    backlog.remove(room, { written: size * count, held: 0 });
    queue.copies += count;
    queue.place = end;
    return false;
  }
  const { written, held } = weigh(item);
  backlog.remove(room, { written: written - size * queue.copies, held });
  queue.place = 0;
  queue.copies = 0;
  return true;
}

// What is to be written, room by room: a room with much to say does not keep the others waiting.
import {
  type Copies,
  nextRecipients,
  type Series,
  type Speech,
  type Words,
  writeCopies,
  writeSeries,
} from "../muc/model/effects.ts";
import type { Inquiry } from "../muc/model/records.ts";
import { Backlog } from "./backlog.ts";
import type { Multicast } from "./multicast.ts";
import { type OutputSize, outputSize, stanzaSize } from "./output-size.ts";
import { causeOf, isEmpty, isNews, latestNews, newQueue, Replaceable, type RoomQueue } from "./room-queue.ts";
import { SizeGuard } from "./size-guard.ts";

/** Characters after which a room lets the next one speak. */
const TURN_SIZE = 65_536;
/** Recipients of copies that the server makes, which take little to write, in one turn. */
const TURN_RECIPIENTS = 1_000;
/** Places that are passed in one turn, since whoever had them is gone or they are not meant. */
const TURN_SKIPPED = 10_000;
/**
 * Where so many bytes of a room wait, who has left it meanwhile is not told any more of others who come and go. Many, so
 * that what a room says on an ordinary day does not depend on the server's pace.
 */
const CATCH_UP_BYTES = 33_554_432;
/** A room that never has said everything forgets what it has said whenever there is so much of it. */
const COMPACT_AFTER = 1_000;

type Ways = Pick<Multicast, "carries" | "write" | "deliveryPing" | "isInFlight" | "isFull">;

export class RoundRobin {
  /** By room, in the order of their turns; a room is not in it when nothing of it waits. */
  readonly #queues = new Map<string, RoomQueue>();
  /** Rooms that wait until the server has delivered copies. */
  readonly #blocked = new Map<string, RoomQueue>();
  readonly #multicast: Ways | undefined;
  readonly #backlog: Backlog;
  readonly #guard: SizeGuard;
  readonly #faulted: (error: unknown, node: string) => void;
  #sent = 0;
  #skipped = 0;

  /**
   * What is written is taken off the account of what waits, to which it was added before; inquiries are not. `faulted`
   * is told of each stanza whose text could not be made, with the node of its room; it is left out.
   */
  constructor(
    multicast?: Ways,
    backlog = new Backlog(),
    faulted: (error: unknown, node: string) => void = () => {},
    guard = new SizeGuard(),
  ) {
    this.#guard = guard;
    this.#multicast = multicast;
    this.#backlog = backlog;
    this.#faulted = faulted;
  }

  /** How many stanzas have been said, a copy for each recipient. */
  get sent(): number {
    return this.#sent;
  }

  /** How many places have been passed at which nobody was told anything. */
  get skipped(): number {
    return this.#skipped;
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0 && this.#blocked.size === 0;
  }

  /** Whether a room has something that can be written now. */
  get hasReady(): boolean {
    return this.#queues.size > 0;
  }

  /** Adds what a room says, behind what waits of the same room; `cause` as in `Effects`. */
  add({ node, sayings }: Speech, cause = ""): void {
    const queue = this.#queueOf(node);
    for (const saying of sayings) {
      queue.items.push(isNews(saying) ? latestNews(node, queue, saying, cause, this.#backlog) : saying);
      queue.causes.push(cause);
    }
  }

  /** Adds the text of what a room has said in vain: in the order of the calls, before what waits of the same room. */
  resend(node: string, text: string): void {
    this.#queueOf(node).resends.push(text);
  }

  /** The text of the next room's turn; it may be empty. `ask` is called for inquiries when it is their turn. */
  next(ask: (inquiry: Inquiry, node: string, cause: string) => void): string {
    for (const [node, queue] of this.#queues) {
      this.#queues.delete(node);
      const turn: Turn = {
        node,
        queue,
        backlog: this.#backlog,
        multicast: this.#multicast,
        guard: this.#guard,
        isLate: this.#backlog.wireBytesOf(node) > CATCH_UP_BYTES,
        ask,
        faulted: this.#faulted,
        text: "",
        sent: 0,
        skipped: 0,
      };
      const isHeld = take(turn);
      this.#sent += turn.sent;
      this.#skipped += turn.skipped;
      if (isHeld) this.#blocked.set(node, queue);
      else if (!isEmpty(queue)) this.#queues.set(node, queue);
      return turn.text + (this.#multicast?.deliveryPing() ?? "");
    }
    return "";
  }

  /** Copies have been delivered: who has waited tries again. */
  unblock(): void {
    for (const [room, queue] of this.#blocked) this.#queues.set(room, queue);
    this.#blocked.clear();
  }

  #queueOf(node: string): RoomQueue {
    const waiting = this.#queues.get(node) ?? this.#blocked.get(node);
    if (waiting) return waiting;
    const queue = newQueue();
    this.#queues.set(node, queue);
    return queue;
  }
}

const isForOne = (saying: Words | undefined): boolean =>
  typeof saying === "string" || (saying !== undefined && "stanzas" in saying);

/** The item at a place of the queue, put into words if it was not; undefined behind the last, and for what was dropped. */
function wordsAt({ node, queue, backlog, faulted }: Turn, place: number): Words | undefined {
  for (;;) {
    const item = queue.items[place];
    const cause = queue.causes[place] ?? "";
    if (item instanceof Replaceable) return item.copies;
    if (typeof item !== "object" || !("sayings" in item)) return item;
    const weighed: [Words, OutputSize][] = [];
    try {
      for (const words of item.sayings()) weighed.push([words, outputSize(words)]);
    } catch (error) {
      faulted(error, node);
    }
    backlog.remove(node, outputSize(item), cause);
    for (const [, weight] of weighed) backlog.add(node, weight, cause);
    queue.items.splice(place, 1, ...weighed.map(([words]) => words));
    queue.causes.splice(place, 1, ...weighed.map(() => cause));
  }
}

/** What a room says in one turn. */
interface Turn {
  readonly node: string;
  readonly queue: RoomQueue;
  readonly backlog: Backlog;
  readonly multicast: Ways | undefined;
  readonly guard: SizeGuard;
  readonly isLate: boolean;
  ask(inquiry: Inquiry, node: string, cause: string): void;
  faulted(error: unknown, node: string): void;
  text: string;
  sent: number;
  skipped: number;
}

/** Says what fits into a turn; true where the room has to wait until the server has delivered copies. */
function take(turn: Turn): boolean {
  const { node, queue, backlog, multicast, faulted } = turn;
  let isHeld = false;
  while (turn.text.length < TURN_SIZE && turn.skipped < TURN_SKIPPED && !isEmpty(queue)) {
    if (queue.resends.length > 0) {
      isHeld = multicast?.isInFlight(node) === true;
      if (isHeld) break;
      const repeated = queue.resends.shift() ?? "";
      turn.text += repeated;
      backlog.remove(node, outputSize(repeated));
      continue;
    }
    const item = wordsAt(turn, queue.item);
    const news = queue.items[queue.item];
    if (item === undefined && !(news instanceof Replaceable)) break;
    try {
      const outcome = item === undefined ? "whole" : say(turn, item);
      isHeld = outcome === "held";
      if (outcome !== "whole") break;
    } catch (error) {
      faulted(error, node);
      if (item !== undefined) drop(turn, item);
    }
    if (news instanceof Replaceable && queue.news.get(news.name) === news) queue.news.delete(news.name);
    queue.items[queue.item] = "";
    queue.item += 1;
  }
  if (queue.item >= COMPACT_AFTER && queue.item * 2 >= queue.items.length) {
    queue.items = queue.items.slice(queue.item);
    queue.causes = queue.causes.slice(queue.item);
    queue.item = 0;
  }
  return isHeld;
}

/** Says an item, as much of it as fits into the turn. */
function say(turn: Turn, item: Words): "whole" | "part" | "held" {
  const { node, queue, backlog, multicast, guard, isLate } = turn;
  if (typeof item === "string") {
    if (multicast?.isInFlight(node)) return "held";
    turn.text += guard.admit(item, node);
    turn.sent += 1;
    backlog.remove(node, outputSize(item), causeOf(queue));
    return "whole";
  }
  if ("ask" in item) {
    turn.ask(item, node, causeOf(queue));
    return "whole";
  }
  if ("reached" in item) {
    item.reached();
    return "whole";
  }
  if ("stanzas" in item) {
    if (multicast?.isInFlight(node)) return "held";
    const { length } = item.stanzas;
    const isMoot = isLate && item.inside?.has(item.to) === false;
    const { text, end } = isMoot
      ? { text: "", end: length }
      : writeSeries(
          item,
          queue.place,
          TURN_SIZE - turn.text.length,
          (error) => turn.faulted(error, node),
          (stanza) => guard.admits(stanza, node),
        );
    turn.text += text;
    if (isMoot) turn.skipped += length;
    else turn.sent += end - queue.place;
    const size = Math.floor(outputSize(item).wire / length);
    return markWritten(turn, item, { count: end - queue.place, size, end, length });
  }
  const together = multicast?.carries(node, item, isForOne(wordsAt(turn, queue.item + 1))) === true;
  if (together ? multicast.isFull : multicast?.isInFlight(node)) return "held";
  // So many copies fill the turn, about.
  const size = stanzaSize(item);
  const fitting = Math.max(1, Math.ceil((TURN_SIZE - turn.text.length) / size));
  const { found: to, end } = nextRecipients(item.to, queue.place, {
    count: together ? TURN_RECIPIENTS : fitting,
    passing: TURN_SKIPPED - turn.skipped,
    isLate,
  });
  if (to.length > 0 && guard.admits(item, node)) {
    const copies = { head: item.head, tail: item.tail, to };
    turn.text += together ? multicast.write(node, copies) : writeCopies(copies);
  }
  turn.sent += to.length;
  turn.skipped += end - queue.place - to.length;
  return markWritten(turn, item, { count: to.length, size, end, length: item.to.length });
}

/** Leaves out an item that cannot be written, or what is left of it, and takes it off the account of what waits. */
function drop(turn: Turn, item: Words): void {
  const { node, queue, backlog, faulted } = turn;
  try {
    const { wire: written, memory: held } = outputSize(item);
    const isMany = typeof item === "object" && !("ask" in item || "reached" in item);
    const size = !isMany ? 0 : "stanzas" in item ? written / item.stanzas.length : stanzaSize(item);
    backlog.remove(node, { wire: written - Math.floor(size) * queue.copies, memory: held }, causeOf(queue));
  } catch (error) {
    faulted(error, node);
  }
  queue.place = 0;
  queue.copies = 0;
}

/** What was written of an item: so many of `size` bytes each, up to the place `end` of `length`. */
interface Part {
  readonly count: number;
  readonly size: number;
  readonly end: number;
  readonly length: number;
}

/** Takes what was written of an item off the account of what waits. */
function markWritten(
  { node, queue, backlog }: Turn,
  item: Copies | Series,
  { count, size, end, length }: Part,
): "whole" | "part" {
  if (end < length) {
    backlog.remove(node, { wire: size * count, memory: 0 }, causeOf(queue));
    queue.copies += count;
    queue.place = end;
    return "part";
  }
  const { wire: written, memory: held } = outputSize(item);
  backlog.remove(node, { wire: written - size * queue.copies, memory: held }, causeOf(queue));
  queue.place = 0;
  queue.copies = 0;
  return "whole";
}

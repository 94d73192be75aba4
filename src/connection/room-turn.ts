// Output that one room writes before the next room's turn.
import type { Batch, Broadcast, DirectOutput, StanzaTemplate, StoreQuery } from "../muc/model/effects.ts";
import { nextRecipients, writeBatch, writeBroadcast } from "../muc/model/output-text.ts";
import type { Backlog } from "./backlog.ts";
import type { Multicast } from "./multicast.ts";
import { type OutputSize, outputSize, stanzaSize, textSize } from "./output-size.ts";
import { isEmpty, Replaceable, type RoomQueue, senderOf } from "./room-queue.ts";
import type { SizeGuard } from "./size-guard.ts";

/** Characters of one turn. */
const TURN_SIZE = 65_536;
/** Recipients of one turn whose copies the server makes: those take little to write. */
const TURN_RECIPIENTS = 1_000;
/** Places without a recipient that are skipped in one turn. */
const TURN_SKIPPED = 10_000;
/**
 * Backlog of a room in bytes above which clients that have left are no longer told of others. It is large, so that
 * what a room sends on an ordinary day does not depend on the server's pace.
 */
const LATE_ABOVE = 33_554_432;
/** Written outputs after which a queue that never runs empty is compacted. */
const COMPACT_AFTER = 1_000;

export type MulticastPort = Pick<
  Multicast,
  "carries" | "carriesBatch" | "write" | "writeBatch" | "deliveryPing" | "isInFlight" | "isFull"
>;

/** State shared by all rooms. */
export interface TurnContext {
  readonly backlog: Backlog;
  readonly multicast: MulticastPort | undefined;
  readonly guard: SizeGuard;
  /** Called for each stanza that cannot be built and is left out. */
  faulted(error: unknown, node: string): void;
}

type Ask = (query: StoreQuery, node: string, sender: string) => void;

/** `blocked`: the room has to wait until the server has delivered its copies. */
type Progress = "written" | "partial" | "blocked";

/** One turn of a room. Everything that it writes leaves the backlog, except queries of the store. */
export class RoomTurn {
  readonly #node: string;
  readonly #queue: RoomQueue;
  readonly #context: TurnContext;
  readonly #ask: Ask;
  readonly #isLate: boolean;
  text = "";
  /** Number of stanzas written, a copy for each recipient. */
  sent = 0;
  /** Number of places skipped. */
  skipped = 0;

  constructor(node: string, queue: RoomQueue, context: TurnContext, ask: Ask) {
    this.#node = node;
    this.#queue = queue;
    this.#context = context;
    this.#ask = ask;
    this.#isLate = context.backlog.wireBytesOf(node) > LATE_ABOVE;
  }

  /** Writes what fits into the turn; returns true if the room is blocked until the server has delivered its copies. */
  run(): boolean {
    let isBlocked = false;
    while (this.#hasSpace && !isEmpty(this.#queue) && !isBlocked) {
      if (this.#queue.resends.length > 0) isBlocked = !this.#resend();
      else {
        const progress = this.#writeNext();
        if (progress !== "written") {
          isBlocked = progress === "blocked";
          break;
        }
      }
    }
    this.#compact();
    return isBlocked;
  }

  get #hasSpace(): boolean {
    return this.text.length < TURN_SIZE && this.skipped < TURN_SKIPPED;
  }

  get #isWaiting(): boolean {
    return this.#context.multicast?.isInFlight(this.#node) === true;
  }

  #resend(): boolean {
    if (this.#isWaiting) return false;
    const text = this.#queue.resends.shift() ?? "";
    this.text += text;
    this.#context.backlog.remove(this.#node, textSize(text));
    return true;
  }

  #writeNext(): Progress {
    const queue = this.#queue;
    const output = this.#outputAt(queue.next);
    const queued = queue.outputs[queue.next];
    if (queued === undefined) return "partial"; // nothing was rendered
    try {
      const progress = output === undefined ? "written" : this.#write(output);
      if (progress !== "written") return progress;
    } catch (error) {
      this.#context.faulted(error, this.#node);
      if (output !== undefined) this.#drop(output);
    }
    if (queued instanceof Replaceable && queue.replaceable.get(queued.key) === queued)
      queue.replaceable.delete(queued.key);
    queue.outputs[queue.next] = undefined;
    queue.next += 1;
    return "written";
  }

  /** Returns the output at an index, rendered; undefined behind the last, and if it was replaced. */
  #outputAt(index: number): DirectOutput | undefined {
    const { outputs, senders } = this.#queue;
    const { backlog, faulted } = this.#context;
    for (;;) {
      const output = outputs[index];
      if (output?.kind === "replaceable") return output.broadcast;
      if (output?.kind !== "deferred") return output;
      const sender = senders[index] ?? "";
      const rendered: DirectOutput[] = [];
      const sizes: OutputSize[] = [];
      try {
        for (const each of output.render()) {
          sizes.push(outputSize(each));
          rendered.push(each);
        }
      } catch (error) {
        faulted(error, this.#node);
      }
      backlog.remove(this.#node, outputSize(output), sender);
      for (const size of sizes) backlog.add(this.#node, size, sender);
      // Nearly always one output takes the place of another, for which nothing need be moved.
      if (rendered.length === 1) [outputs[index]] = rendered;
      else {
        outputs.splice(index, 1, ...rendered);
        senders.splice(index, 1, ...rendered.map(() => sender));
      }
    }
  }

  #write(output: DirectOutput): Progress {
    switch (output.kind) {
      case "stanza":
        if (this.#isWaiting) return "blocked";
        this.text += this.#context.guard.admit(output.xml, this.#node);
        this.sent += 1;
        this.#context.backlog.remove(this.#node, outputSize(output), senderOf(this.#queue));
        return "written";
      case "query":
        this.#ask(output, this.#node, senderOf(this.#queue));
        return "written";
      case "marker":
        output.reached();
        return "written";
      case "batch":
        return this.#writeBatch(output);
      case "broadcast":
        return this.#writeBroadcast(output);
    }
  }

  #writeBatch(batch: Batch): Progress {
    const { multicast } = this.#context;
    const isMulticast = multicast?.carriesBatch(batch) === true;
    if (isMulticast ? multicast.isFull : this.#isWaiting) return "blocked";
    const { length } = batch.stanzas;
    const { place } = this.#queue;
    const isMoot = this.#isLate && batch.onlyWhileInside?.has(batch.to) === false;
    const { text, end } = isMoot
      ? { text: "", end: length }
      : this.#textOf(batch, isMulticast ? multicast : undefined);
    this.text += text;
    if (isMoot) this.skipped += length;
    else this.sent += end - place;
    const size = Math.floor(outputSize(batch).wire / length);
    return this.#advance(batch, { count: end - place, size, end, length });
  }

  #textOf(batch: Batch, multicast: MulticastPort | undefined): { text: string; end: number } {
    const { guard } = this.#context;
    const start = this.#queue.place;
    const length = TURN_SIZE - this.text.length;
    const faulted = (error: unknown): void => this.#context.faulted(error, this.#node);
    const admits = (stanza: StanzaTemplate): boolean => guard.admits(stanza, this.#node);
    return multicast
      ? multicast.writeBatch(this.#node, batch, { start, count: TURN_RECIPIENTS, length, faulted, admits })
      : writeBatch(batch, start, length, faulted, admits);
  }

  #writeBroadcast(broadcast: Broadcast): Progress {
    const { multicast, guard } = this.#context;
    const { place } = this.#queue;
    const isMulticast = multicast?.carries(this.#node, broadcast, () => this.#isBeforeSingle()) === true;
    if (isMulticast ? multicast.isFull : this.#isWaiting) return "blocked";
    const size = stanzaSize(broadcast);
    // About as many copies as fill the turn.
    const fitting = Math.max(1, Math.ceil((TURN_SIZE - this.text.length) / size));
    const { found: to, end } = nextRecipients(broadcast.to, place, {
      count: isMulticast ? TURN_RECIPIENTS : fitting,
      skipping: TURN_SKIPPED - this.skipped,
      isLate: this.#isLate,
    });
    if (to.length > 0 && guard.admits(broadcast, this.#node)) {
      const { head, tail } = broadcast;
      const copies = { head, tail, to };
      this.text += isMulticast ? multicast.write(this.#node, copies) : writeBroadcast(copies);
    }
    this.sent += to.length;
    this.skipped += end - place - to.length;
    return this.#advance(broadcast, { count: to.length, size, end, length: broadcast.to.length });
  }

  /** Returns true if output for a single recipient is next. */
  #isBeforeSingle(): boolean {
    const following = this.#outputAt(this.#queue.next + 1);
    return following?.kind === "stanza" || following?.kind === "batch";
  }

  /** Removes written stanzas of `size` bytes each, up to the place `end` of `length`, from the backlog. */
  #advance(
    output: Broadcast | Batch,
    { count, size, end, length }: { count: number; size: number; end: number; length: number },
  ): Progress {
    const queue = this.#queue;
    const { backlog } = this.#context;
    if (end < length) {
      backlog.remove(this.#node, { wire: size * count, memory: 0 }, senderOf(queue));
      queue.written += count;
      queue.place = end;
      return "partial";
    }
    const { wire, memory } = outputSize(output);
    backlog.remove(this.#node, { wire: wire - size * queue.written, memory }, senderOf(queue));
    queue.place = 0;
    queue.written = 0;
    return "written";
  }

  /** Removes an output that cannot be written, or the rest of it, from the backlog. */
  #drop(output: DirectOutput): void {
    const queue = this.#queue;
    const { backlog, faulted } = this.#context;
    try {
      const { wire, memory } = outputSize(output);
      const left = wire - Math.floor(sizeOfEach(output, wire)) * queue.written;
      backlog.remove(this.#node, { wire: left, memory }, senderOf(queue));
    } catch (error) {
      faulted(error, this.#node);
    }
    queue.place = 0;
    queue.written = 0;
  }

  #compact(): void {
    const queue = this.#queue;
    if (queue.next < COMPACT_AFTER || queue.next * 2 < queue.outputs.length) return;
    queue.outputs = queue.outputs.slice(queue.next);
    queue.senders = queue.senders.slice(queue.next);
    queue.next = 0;
  }
}

/** Returns the bytes of each stanza of an output of `wire` bytes that has many. */
function sizeOfEach(output: DirectOutput, wire: number): number {
  if (output.kind === "batch") return wire / output.stanzas.length;
  return output.kind === "broadcast" ? stanzaSize(output) : 0;
}

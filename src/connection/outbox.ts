import { Effects } from "../muc/model/effects.ts";
import { UNREADABLE } from "../muc/model/iq-answer.ts";
import type { Awaitable, Inquiry, Records } from "../muc/model/records.ts";
import type { Store } from "../storage/store.ts";
import { Backlog } from "./backlog.ts";
import { type Committed, GroupCommit, type PendingSize } from "./group-commit.ts";
import type { Multicast } from "./multicast.ts";
import type { Notice } from "./notice.ts";
import { journalSize, outputSize, totalSize } from "./output-size.ts";
import { ReadQueue, TOO_MANY_READS } from "./read-queue.ts";
import { RoundRobin } from "./round-robin.ts";
import type { SizeGuard } from "./size-guard.ts";
import { type Sink, Writer } from "./writer.ts";

interface OutboxHandlers {
  /** A commit failed, and the outbox is closed: nothing is committed or written any more. Called once. */
  failed(error: unknown): void;
  /** Called with all output, before it waits for anything. */
  added?(output: Pick<Effects, "speeches"> | Notice): void;
  /** A query of the store, or the rules on its result, failed; the answer says so. `node`: of the room. */
  unreadable(error: unknown, node: string): void;
  /** A stanza could not be written and is left out. */
  unwritable?(error: unknown, node: string): void;
  /** A commit took this many seconds. */
  committed?(seconds: number): void;
}

interface OutboxOptions {
  readonly multicast?: Multicast;
  readonly backlog?: Backlog;
  readonly guard?: SizeGuard;
}

/**
 * Takes the effects of stanzas, commits their journal and writes their output: nothing is written before the journal
 * that belongs to it is durable, and nothing at all after a commit has failed.
 */
export class Outbox {
  readonly #store: Records;
  readonly #handlers: OutboxHandlers;
  readonly #commits: GroupCommit;
  readonly #rooms: RoundRobin;
  readonly #writer: Writer;
  readonly #backlog: Backlog;
  readonly #reads = new ReadQueue();
  #isClosed = false;

  constructor(
    store: Pick<Store, "commit"> & Records,
    sink: Sink,
    handlers: OutboxHandlers,
    { multicast, backlog = new Backlog(), guard }: OutboxOptions = {},
  ) {
    this.#store = store;
    this.#handlers = handlers;
    this.#backlog = backlog;
    this.#rooms = new RoundRobin(
      multicast,
      backlog,
      (error, node) => handlers.unwritable?.(error, node),
      guard,
    );
    this.#writer = new Writer(sink, this.#rooms, (inquiry, node, cause) =>
      this.#reads.add(inquiry, node, (done) => this.#answer(inquiry, node, cause, done)),
    );
    this.#commits = new GroupCommit(store, {
      committed: (outputs, journalBytes) => this.#release(outputs, journalBytes),
      answered: (answers) => {
        for (const answer of answers) this.#writer.add(answer);
        this.#writer.writeSoon();
      },
      failed: (error) => this.#close(error),
      timed: (seconds) => handlers.committed?.(seconds),
    });
  }

  /** Whether everything that was added is durable. */
  get isCommitted(): boolean {
    return this.#commits.isCommitted;
  }

  /** Bytes that wait to be written: for a commit, or for their room's turn. */
  get waiting(): { commit: number; turn: number } {
    const commit = this.#commits.waitingBytes;
    return { commit, turn: this.#backlog.wireBytes - commit };
  }

  /** How many stanzas have been written, a copy for each recipient. */
  get sent(): number {
    return this.#rooms.sent;
  }

  /** For how many milliseconds a commit has been in flight. */
  get committingMs(): number {
    return this.#commits.committingMs;
  }

  /** Commits the journal of these effects, then writes their output. */
  add(effects: Effects): void {
    if (this.#isClosed || effects.isEmpty) return;
    this.#handlers.added?.(effects);
    this.#admitReads(effects);
    const journal = journalSize(effects.journal);
    if (journal > 0) this.#backlog.add("", { wire: 0, memory: journal });
    this.#commits.add(effects, { journal, wire: this.#weigh(effects) } satisfies PendingSize);
  }

  /** Writes a notice, which waits for no commit. */
  sendNotice(notice: Notice): void {
    if (this.#isClosed) return;
    this.#handlers.added?.(notice);
    this.#weigh(notice);
    this.#writer.add(notice);
    this.#writer.writeSoon();
  }

  /** Commits what is pending, unless a commit is in flight. */
  flush(): void {
    this.#commits.flush();
  }

  /** Goes on writing: the server has read what was written, or the link is lost. */
  drained(): void {
    this.#writer.drained();
  }

  /** Goes on with rooms that waited until the server had delivered its copies. */
  unblock(): void {
    this.#rooms.unblock();
    this.#writer.drained();
  }

  /** Writes again what the server has refused, before what waits of the same room. */
  resend(node: string, text: string): void {
    if (this.#isClosed) return;
    this.#backlog.add(node, outputSize(text));
    this.#rooms.resend(node, text);
    this.#writer.drained();
  }

  /** Resolves when everything that was added by now is durable; rejects with the fault of a commit that failed. */
  whenCommitted(): Awaitable<void> {
    return this.#commits.whenCommitted();
  }

  /** Resolves when everything that was added is durable and written; rejects with the fault of a commit that failed. */
  async settle(): Promise<void> {
    do {
      await this.whenCommitted();
      await this.#writer.settle();
    } while (this.#commits.hasPending); // reads have brought about more
  }

  #release(outputs: readonly Committed[], journalBytes: number): void {
    if (journalBytes > 0) this.#backlog.remove("", { wire: 0, memory: journalBytes });
    for (const output of outputs) this.#writer.add(output);
    this.#writer.drained();
  }

  #close(error: unknown): void {
    this.#isClosed = true;
    this.#writer.close(error);
    this.#handlers.failed(error);
  }

  /** Adds output to the backlog; returns how many bytes will be written. */
  #weigh({ speeches, cause }: Pick<Effects, "speeches" | "cause"> | Notice): number {
    const before = this.#backlog.wireBytes;
    for (const { node, sayings } of speeches) {
      const unwritable = (error: unknown): void => this.#handlers.unwritable?.(error, node);
      this.#backlog.add(node, totalSize(sayings, unwritable), cause);
    }
    return this.#backlog.wireBytes - before;
  }

  /** Refuses the requests of those who have too many waiting already. */
  #admitReads({ speeches }: Effects): void {
    for (const { sayings } of speeches)
      for (const [place, saying] of sayings.entries())
        if (typeof saying === "object" && "ask" in saying && !this.#reads.admit(saying))
          sayings[place] = saying.refuse(TOO_MANY_READS);
  }

  /** Queries the store; `done` is called when the answer is written. */
  #answer(inquiry: Inquiry, node: string, cause: string, done: () => void): void {
    const answered = (effects: Effects): void => {
      effects.landmark(done);
      effects.cause = cause;
      this.add(effects);
      this.#backlog.remove(node, outputSize(inquiry), cause);
    };
    const unreadable = (error: unknown): void => {
      this.#handlers.unreadable(error, node);
      const effects = new Effects(node);
      effects.send(inquiry.refuse(UNREADABLE));
      answered(effects);
    };
    try {
      const found = inquiry.ask(this.#store);
      if (found instanceof Promise) found.then(answered, unreadable);
      else answered(found);
    } catch (error) {
      unreadable(error);
    }
  }
}

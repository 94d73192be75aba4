import { Effects, type StoreQuery } from "../muc/model/effects.ts";
import type { JournalEntry } from "../muc/model/journal.ts";
import { STORE_UNREADABLE } from "../muc/model/outcome.ts";
import type { Awaitable, Records } from "../muc/model/records.ts";
import type { Store } from "../storage/store.ts";
import { Backlog } from "./backlog.ts";
import { type Committed, GroupCommit, type PendingSize } from "./group-commit.ts";
import type { Multicast } from "./multicast.ts";
import type { Notice } from "./notice.ts";
import { journalSize, outputSize, textSize, totalSize } from "./output-size.ts";
import { ReadQueue, TOO_MANY_READS } from "./read-queue.ts";
import { RoundRobin } from "./round-robin.ts";
import type { SizeGuard } from "./size-guard.ts";
import { type Sink, Writer } from "./writer.ts";

/** Output, with the changes that it waits for. */
export interface AddedOutput extends Pick<Notice, "roomOutputs"> {
  readonly journal?: readonly JournalEntry[];
}

interface OutboxHandlers {
  /** A commit failed, and the outbox is closed: nothing is committed or written any more. Called once. */
  failed(error: unknown): void;
  /** Called with all output, before it waits for anything. */
  added?(output: AddedOutput): void;
  /** Called with effects before they are committed. May add to the journal. */
  adding?(effects: Effects): void;
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
    this.#writer = new Writer(sink, this.#rooms, (query, node, sender) =>
      this.#reads.add(query, node, (done) => this.#answer(query, node, sender, done)),
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

  /** Returns true if everything that was added is durable. */
  get isCommitted(): boolean {
    return this.#commits.isCommitted;
  }

  /** Bytes that wait to be written: for a commit, or for their room's turn. */
  get waiting(): { commit: number; turn: number } {
    const commit = this.#commits.waitingBytes;
    return { commit, turn: this.#backlog.wireBytes - commit };
  }

  /** Number of written stanzas, counting a copy for each recipient. */
  get sent(): number {
    return this.#rooms.sent;
  }

  /** Milliseconds since the start of the commit in flight. */
  get committingMs(): number {
    return this.#commits.committingMs;
  }

  /** Commits the journal of these effects, then writes their output. */
  add(effects: Effects): void {
    if (this.#isClosed || effects.isEmpty) return;
    this.#handlers.adding?.(effects);
    this.#handlers.added?.(effects);
    this.#admitReads(effects);
    const journal = journalSize(effects.journal);
    if (journal > 0) this.#backlog.add("", { wire: 0, memory: journal });
    this.#commits.add(effects, { journal, wire: this.#addToBacklog(effects) } satisfies PendingSize);
  }

  /** Writes a notice, which waits for no commit. */
  sendNotice(notice: Notice): void {
    if (this.#isClosed) return;
    this.#handlers.added?.(notice);
    this.#addToBacklog(notice);
    this.#writer.add(notice);
    this.#writer.writeSoon();
  }

  /** Commits pending effects, unless a commit is in flight. */
  flush(): void {
    this.#commits.flush();
  }

  /** Continues to write: the server has read all output, or the link is lost. */
  drained(): void {
    this.#writer.drained();
  }

  /** Continues with rooms that waited until the server had delivered its copies. */
  unblock(): void {
    this.#rooms.unblock();
    this.#writer.drained();
  }

  /** Writes output again that the server refused, before the room's waiting output. */
  resend(node: string, text: string): void {
    if (this.#isClosed) return;
    this.#backlog.add(node, textSize(text));
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

  /** Returns true if the store is being asked for rooms. What follows from the answers is added then. */
  isReading(isMeant: (node: string) => boolean): boolean {
    return this.#reads.isReading(isMeant);
  }

  #release(outputs: readonly Committed[], journalBytes: number): void {
    if (journalBytes > 0) this.#backlog.remove("", { wire: 0, memory: journalBytes });
    for (const output of outputs) {
      output.onCommit?.();
      this.#writer.add(output);
    }
    this.#writer.drained();
  }

  #close(error: unknown): void {
    this.#isClosed = true;
    this.#writer.close(error);
    this.#handlers.failed(error);
  }

  /** Adds output to the backlog; returns how many bytes will be written. */
  #addToBacklog({ roomOutputs, sender }: Pick<Notice, "roomOutputs" | "sender">): number {
    const before = this.#backlog.wireBytes;
    for (const { node, outputs } of roomOutputs) {
      const unwritable = (error: unknown): void => this.#handlers.unwritable?.(error, node);
      this.#backlog.add(node, totalSize(outputs, unwritable), sender);
    }
    return this.#backlog.wireBytes - before;
  }

  /** Refuses requests of users with too many waiting requests. */
  #admitReads({ roomOutputs }: Effects): void {
    for (const { outputs } of roomOutputs)
      outputs.forEach((output, index) => {
        if (output.kind === "query" && !this.#reads.admit(output))
          outputs[index] = { kind: "stanza", xml: output.refuse(TOO_MANY_READS) };
      });
  }

  /** Queries the store; `done` is called when the answer is written. */
  #answer(query: StoreQuery, node: string, sender: string, done: () => void): void {
    const answered = (effects: Effects): void => {
      effects.whenWritten(done);
      effects.sender = sender;
      this.add(effects);
      this.#backlog.remove(node, outputSize(query), sender);
    };
    const unreadable = (error: unknown): void => {
      this.#handlers.unreadable(error, node);
      const effects = new Effects(node);
      effects.send(query.refuse(STORE_UNREADABLE));
      answered(effects);
    };
    try {
      const found = query.read(this.#store);
      if (found instanceof Promise) found.then(answered, unreadable);
      else answered(found);
    } catch (error) {
      unreadable(error);
    }
  }
}

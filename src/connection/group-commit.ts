// Commits the journal in batches, and releases the output of each batch when its commit is durable.
import type { Effects, RoomOutput } from "../muc/model/effects.ts";
import type { JournalEntry } from "../muc/model/journal.ts";
import type { Awaitable } from "../muc/model/records.ts";
import type { Store } from "../storage/store.ts";
import { Notice } from "./notice.ts";
import { UncommittedChanges } from "./uncommitted-changes.ts";

/** Output whose journal is durable. Its class is not exported: only a commit makes one. */
class CommittedOutput {
  readonly #roomOutputs: readonly RoomOutput[];
  /** As in `Effects`. */
  readonly sender: string;
  readonly onCommit: (() => void) | undefined;

  constructor({ roomOutputs, sender, onCommit }: Effects) {
    this.#roomOutputs = roomOutputs;
    this.sender = sender;
    this.onCommit = onCommit;
  }

  get roomOutputs(): readonly RoomOutput[] {
    return this.#roomOutputs;
  }
}
export type Committed = CommittedOutput;

interface CommitHandlers {
  /** A batch is durable. `journalBytes`: the memory that its journal took until now. */
  committed(outputs: readonly Committed[], journalBytes: number): void;
  /** Releases answers during a slow commit, because they reveal no uncommitted change. */
  answered(answers: readonly Notice[]): void;
  /** A commit failed: nothing is committed or released any more. Called once. */
  failed(error: unknown): void;
  /** A commit took this many seconds. */
  timed(seconds: number): void;
}

/** The size of effects that wait for their commit, in bytes. */
export interface PendingSize {
  /** Bytes to be written after the commit. */
  readonly wire: number;
  /** Bytes of the journal in memory. */
  readonly journal: number;
}

interface Pending {
  readonly effects: Effects;
  wire: number;
  readonly journal: number;
}

/**
 * Limits of one batch, unless the effects of a single stanza are larger. After a long wait for the store, everything
 * in one batch would be more than a database takes at once, or in time.
 */
const BATCH_ENTRIES = 2_000;
const BATCH_BYTES = 16_777_216;

/** Age of a commit at which independent answers overtake it; until then the order of output matters more. */
const SLOW_MS = 1_000;

/**
 * Number of effects that arrived during a commit and wait for the next ones, which soon follow, and the longest wait.
 * Otherwise senders that answer each other would keep to two groups, with a commit for each.
 */
const MANY = 4;
const GATHERING_MS = 1;

const sum = (pending: readonly Pending[], size: "wire" | "journal"): number =>
  pending.reduce((total, each) => total + each[size], 0);

/** Runs one commit at a time. What is added meanwhile shares the next one. */
export class GroupCommit {
  readonly #store: Pick<Store, "commit">;
  readonly #handlers: CommitHandlers;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  /** The batch that is being committed. */
  #batch: readonly Pending[] = [];
  #batchBytes = 0;
  /** What is not committed, while the commit in flight is slow. */
  #uncommitted: UncommittedChanges | undefined;
  #scheduled: NodeJS.Immediate | undefined;
  /** Ends the wait for company of effects that arrived during the last commit. */
  #gathering: NodeJS.Timeout | undefined;
  /** The start of the commit in flight. */
  #since: number | undefined;
  #fault: { readonly error: unknown } | undefined;
  /** Number of added effects, and of those that are durable. */
  #added = 0;
  #committed = 0;
  #waiting: {
    readonly due: number;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];

  constructor(store: Pick<Store, "commit">, handlers: CommitHandlers) {
    this.#store = store;
    this.#handlers = handlers;
  }

  /** Returns true if everything that was added is durable. */
  get isCommitted(): boolean {
    return this.#committed === this.#added;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** Bytes that will be written once they are committed. */
  get waitingBytes(): number {
    return this.#pendingBytes + this.#batchBytes;
  }

  /** Milliseconds since the start of the commit in flight. */
  get committingMs(): number {
    return this.#since === undefined ? 0 : performance.now() - this.#since;
  }

  add(effects: Effects, size: PendingSize): void {
    if (this.#fault) return;
    const answer = this.#uncommitted && independentAnswer(effects, this.#uncommitted);
    if (answer) {
      this.#handlers.answered([answer]);
      return;
    }
    this.#uncommitted?.add(effects.journal);
    this.#pending.push({ effects, ...size });
    this.#pendingBytes += size.wire;
    this.#added += 1;
    this.#schedule();
  }

  /** Commits pending effects, unless a commit is in flight. */
  flush(): void {
    clearImmediate(this.#scheduled);
    clearTimeout(this.#gathering);
    this.#scheduled = undefined;
    this.#gathering = undefined;
    if (this.#fault || this.#since !== undefined || this.#pending.length === 0) return;
    const batch = this.#takeBatch();
    const journal: JournalEntry[] = batch.flatMap(({ effects }) => effects.journal);
    const since = performance.now();
    const committed = (): void => {
      if (journal.length > 0) this.#handlers.timed((performance.now() - since) / 1000);
      this.#release(batch);
    };
    try {
      const committing = journal.length > 0 ? this.#store.commit(journal) : undefined;
      if (committing instanceof Promise) this.#await(committing, since, committed);
      else {
        committed();
        this.#schedule();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Resolves when everything that was added by now is durable; rejects with the fault of a commit that failed. */
  whenCommitted(): Awaitable<void> {
    this.flush();
    if (this.#fault) return Promise.reject(this.#fault.error);
    const due = this.#added;
    if (this.#committed >= due) return undefined;
    return new Promise((resolve, reject) => this.#waiting.push({ due, resolve, reject }));
  }

  #schedule(): void {
    if (this.#pending.length > 0) this.#scheduled ??= setImmediate(() => this.flush());
  }

  /** Takes the oldest effects, as many as fit into one batch. */
  #takeBatch(): readonly Pending[] {
    let entries = 0;
    let bytes = 0;
    let count = 0;
    for (const { effects, journal } of this.#pending) {
      entries += effects.journal.length;
      bytes += journal;
      if (count > 0 && (entries > BATCH_ENTRIES || bytes > BATCH_BYTES)) break;
      count += 1;
    }
    this.#batch = this.#pending.splice(0, count);
    this.#batchBytes = sum(this.#batch, "wire");
    this.#pendingBytes -= this.#batchBytes;
    return this.#batch;
  }

  #await(committing: Promise<void>, since: number, committed: () => void): void {
    this.#since = since;
    const slow = setTimeout(() => this.#releaseAnswers(), SLOW_MS).unref();
    committing
      .finally(() => {
        clearTimeout(slow);
        this.#uncommitted = undefined;
      })
      .then(() => {
        committed();
        this.#since = undefined;
        if (this.#pending.length < MANY) this.#schedule();
        else this.#gathering = setTimeout(() => this.flush(), GATHERING_MS);
      })
      .catch((error) => this.#fail(error));
  }

  #release(batch: readonly Pending[]): void {
    this.#committed += batch.length;
    this.#batch = [];
    this.#batchBytes = 0;
    while (this.#waiting[0] && this.#waiting[0].due <= this.#committed) this.#waiting.shift()?.resolve();
    const outputs = batch.map(({ effects }) => new CommittedOutput(effects));
    this.#handlers.committed(outputs, sum(batch, "journal"));
  }

  /** Releases answers that do not depend on a slow commit, from its batch and from those behind it. */
  #releaseAnswers(): void {
    const uncommitted = new UncommittedChanges();
    for (const { effects } of [...this.#batch, ...this.#pending]) uncommitted.add(effects.journal);
    this.#uncommitted = uncommitted;
    const answers: Notice[] = [];
    const release = (each: Pending): number => {
      const answer = independentAnswer(each.effects, uncommitted);
      if (!answer) return 0;
      answers.push(answer);
      const { wire: written } = each;
      each.wire = 0;
      return written;
    };
    for (const each of this.#batch) this.#batchBytes -= release(each);
    for (const each of this.#pending) this.#pendingBytes -= release(each);
    this.#handlers.answered(answers);
  }

  #fail(error: unknown): void {
    this.#fault = { error };
    this.#since = undefined;
    clearImmediate(this.#scheduled);
    clearTimeout(this.#gathering);
    this.#pending = [];
    this.#pendingBytes = 0;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#handlers.failed(error);
  }
}

/** Takes the answer out of effects that contain only an answer, if it reveals nothing uncommitted. */
function independentAnswer(effects: Effects, uncommitted: UncommittedChanges): Notice | undefined {
  const { node, reveals } = effects;
  if (reveals === undefined || uncommitted.affects(node, reveals)) return undefined;
  return Notice.takeFrom(effects);
}

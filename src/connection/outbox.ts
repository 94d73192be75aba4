import { Effects } from "../muc/effects.ts";
import { UNREADABLE } from "../muc/iq-answer.ts";
import type { JournalEntry } from "../muc/journal.ts";
import type { Awaitable, Inquiry, Records } from "../muc/records.ts";
import type { Store } from "../storage/store.ts";
import { Backlog } from "./backlog.ts";
import type { Multicast } from "./multicast.ts";
import { ReadQueue, TOO_MANY_READS } from "./read-queue.ts";
import type { SizeGuard } from "./size-guard.ts";
import { Turns } from "./turns.ts";
import { Unkept } from "./unkept.ts";
import { weigh, weighAll, weighJournal } from "./weight.ts";

interface OutboxHandlers {
  /** A transaction could not be kept; what belonged to it is never written. */
  failed(error: unknown): void;
  /** All that is to be kept and said comes by here first. */
  added?(effects: Effects): void;
  /** What an answer needed could not be read, or the rules failed on it; the answer says so. `node`: of the room. */
  unreadable(error: unknown, node: string): void;
  /** The text of a stanza could not be made, which is left out. */
  unwritable?(error: unknown, node: string): void;
  /** A transaction was kept, which took so many seconds. */
  committed?(seconds: number): void;
}

interface OutboxOptions {
  readonly multicast?: Multicast;
  readonly backlog?: Backlog;
  readonly guard?: SizeGuard;
}

/** Where it goes to. */
interface Sink {
  write(text: string): void;
  /** So much of what was written waits for the server that nothing is added, until `goOn` is called. */
  readonly isFull: boolean;
}

/** Characters after which a text is written without waiting for more. */
const WRITE_SIZE = 65_536;
/** Characters that are written in one go before stanzas that have come meanwhile are read. */
const PORTION = 262_144;
/** Places at which nobody is told anything that are passed in one go: a millisecond. */
const PORTION_PLACES = 100_000;
/**
 * What shares a commit at most, but for what one stanza has brought about: after a long wait for the store much has
 * come together, and all of it in one would be more than a database takes at once, or in time.
 */
const COMMIT_ENTRIES = 2_000;
const COMMIT_BYTES = 16_777_216;

/** So long a commit has to take before answers that do not depend on it are told: until then order counts more. */
const PATIENCE_MS = 1_000;

/** What was added and is not kept yet, with what is on the account for it. */
interface Pending {
  readonly effects: Effects;
  /** Bytes that are written when it is kept. */
  written: number;
  /** The memory that its journal takes. */
  readonly journal: number;
}

/**
 * What rooms have brought about, on its way out. Whatever was added meanwhile shares one transaction, and
 * nothing is written before that transaction is durable: what a client has seen is kept.
 */
export class Outbox {
  readonly #store: Pick<Store, "commit"> & Records;
  readonly #sink: Sink;
  readonly #handlers: OutboxHandlers;
  #pending: Pending[] = [];
  /** Bytes that are written after the next commit, and after the one that is under way. */
  #pendingBytes = 0;
  #committingBytes = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #committing: Promise<void> | undefined;
  /** What the commit under way keeps. */
  #underWay: readonly Pending[] = [];
  /** The commit under way takes so long that answers that do not depend on it are told. */
  #isCommitSlow = false;
  #committingSince = 0;
  readonly #turns: Turns;
  readonly #backlog: Backlog;
  readonly #reads = new ReadQueue();
  readonly #unkept = new Unkept();
  #writing: NodeJS.Immediate | undefined;
  /** How many effects were added, and how many of them are kept. */
  #added = 0;
  #kept = 0;
  readonly #waiting: { readonly due: number; readonly resolve: () => void }[] = [];
  /** Those who wait until everything is written. */
  #settling: (() => void)[] = [];

  constructor(
    store: Pick<Store, "commit"> & Records,
    sink: Sink,
    handlers: OutboxHandlers,
    { multicast, backlog = new Backlog(), guard }: OutboxOptions = {},
  ) {
    const faulted = (error: unknown, node: string): void => handlers.unwritable?.(error, node);
    this.#turns = new Turns(multicast, backlog, faulted, guard);
    this.#backlog = backlog;
    this.#store = store;
    this.#sink = sink;
    this.#handlers = handlers;
  }

  /** Whether everything that was added is kept. */
  get isKept(): boolean {
    return this.#kept === this.#added;
  }

  /** Bytes that wait to be written, by what they wait for: a commit, or that it is their turn. */
  get waiting(): { commit: number; turn: number } {
    const commit = this.#pendingBytes + this.#committingBytes;
    return { commit, turn: this.#backlog.written - commit };
  }

  /** How many stanzas have been written, a copy for each recipient. */
  get said(): number {
    return this.#turns.said;
  }

  /** For how many milliseconds a commit has been under way. */
  get committingMs(): number {
    return this.#committing ? performance.now() - this.#committingSince : 0;
  }

  add(effects: Effects): void {
    if (effects.isEmpty) return;
    this.#handlers.added?.(effects);
    this.#admitReads(effects);
    if (this.#isCommitSlow && this.#mayBeToldNow(effects)) {
      this.tell(effects);
      return;
    }
    this.#unkept.add(effects.journal);
    const pending = { effects, ...this.#weigh(effects) };
    this.#pendingBytes += pending.written;
    this.#pending.push(pending);
    this.#added += 1;
    this.#schedule();
  }

  /** Keeps and writes what has come by now, or does so when the commit that is under way is done. */
  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#committing || this.#pending.length === 0) return;
    const effects = this.#takePending();
    const journal: JournalEntry[] = effects.flatMap((each) => each.journal);
    try {
      const start = performance.now();
      this.#committingSince = start;
      const committing = journal.length > 0 ? this.#store.commit(journal) : undefined;
      const committed = (): void => {
        if (journal.length > 0) this.#handlers.committed?.((performance.now() - start) / 1000);
        this.#deliver(effects);
      };
      if (committing === undefined) {
        committed();
        this.#schedule();
      } else {
        const patience = setTimeout(() => this.#tellAnswers(), PATIENCE_MS).unref();
        this.#committing = committing
          .then(committed)
          .catch(this.#handlers.failed)
          .finally(() => {
            clearTimeout(patience);
            this.#isCommitSlow = false;
            this.#committing = undefined;
            this.#schedule();
          });
      }
    } catch (error) {
      this.#handlers.failed(error);
    }
  }

  /** Says what tells of nothing that has to be kept: at once, though something waits to be kept. */
  tell(effects: Effects): void {
    this.#handlers.added?.(effects);
    this.#weigh(effects);
    for (const speech of effects.speeches) this.#turns.add(speech, effects.cause);
    this.#writing ??= setImmediate(() => this.#continue());
  }

  /** The server has taken what was written, or the link is lost. */
  goOn(): void {
    if (!this.#writing && !this.#sink.isFull) this.#writePortion();
  }

  /** Copies that the server makes have been delivered: rooms that waited for it go on. */
  resume(): void {
    this.#turns.release();
    this.goOn();
  }

  /** Says again what the server has refused, before what waits of the same room. */
  repeat(node: string, text: string): void {
    this.#backlog.add(node, weigh(text));
    this.#turns.repeat(node, text);
    this.goOn();
  }

  /** Ends when everything that was added by now is kept, whatever is added meanwhile. */
  whenKept(): Awaitable<void> {
    this.flush();
    const due = this.#added;
    if (this.#kept >= due) return undefined;
    return new Promise((resolve) => this.#waiting.push({ due, resolve }));
  }

  /** Ends when everything that was added is kept and written. */
  async settle(): Promise<void> {
    do {
      await this.whenKept();
      if (!this.#turns.isEmpty) await new Promise<void>((resolve) => this.#settling.push(resolve));
    } while (this.#pending.length > 0); // what was read has brought about more
  }

  /** What comes first of what waits, as much as one commit may hold. */
  #takePending(): Effects[] {
    let entries = 0;
    let bytes = 0;
    let count = 0;
    for (const { effects, journal } of this.#pending) {
      entries += effects.journal.length;
      bytes += journal;
      if (count > 0 && (entries > COMMIT_ENTRIES || bytes > COMMIT_BYTES)) break;
      count += 1;
    }
    const taken = this.#pending.splice(0, count);
    this.#underWay = taken;
    this.#committingBytes = taken.reduce((sum, { written }) => sum + written, 0);
    this.#pendingBytes -= this.#committingBytes;
    return taken.map(({ effects }) => effects);
  }

  #schedule(): void {
    if (this.#pending.length > 0) this.#scheduled ??= setImmediate(() => this.flush());
  }

  #deliver(effects: readonly Effects[]): void {
    this.#kept += effects.length;
    this.#committingBytes = 0;
    this.#underWay = [];
    while (this.#waiting[0] && this.#waiting[0].due <= this.#kept) this.#waiting.shift()?.resolve();
    for (const { journal, speeches, cause } of effects) {
      this.#unkept.remove(journal);
      this.#backlog.remove("", { written: 0, held: weighJournal(journal) });
      for (const speech of speeches) this.#turns.add(speech, cause);
    }
    this.goOn();
  }

  /** Adds them to the account of what waits; returns what that is. */
  #weigh({ journal, speeches, cause }: Effects): Pick<Pending, "written" | "journal"> {
    const before = this.#backlog.written;
    const ofJournal = weighJournal(journal);
    if (ofJournal > 0) this.#backlog.add("", { written: 0, held: ofJournal });
    for (const { node, sayings } of speeches)
      this.#backlog.add(
        node,
        weighAll(sayings, (error) => this.#handlers.unwritable?.(error, node)),
        cause,
      );
    return { written: this.#backlog.written - before, journal: ofJournal };
  }

  /** Rooms take turns; the rest is written after what has come meanwhile is read. */
  #writePortion(): void {
    let written = 0;
    let text = "";
    const end = this.#turns.passed + PORTION_PLACES;
    while (this.#turns.canSpeak && written < PORTION && this.#turns.passed < end) {
      text += this.#turns.next((inquiry, node, cause) =>
        this.#reads.add(inquiry, node, (done) => this.#answer(inquiry, node, cause, done)),
      );
      // Joining longer texts costs more than writing them one by one.
      if (text.length < WRITE_SIZE) continue;
      this.#sink.write(text);
      written += text.length;
      text = "";
    }
    if (text !== "") this.#sink.write(text);
    if (this.#turns.canSpeak) this.#writing = setImmediate(() => this.#continue());
    else if (this.#turns.isEmpty) for (const resolve of this.#settling.splice(0)) resolve();
  }

  #continue(): void {
    this.#writing = undefined;
    this.goOn();
  }

  /** Answers that do not depend on a slow commit are told, also of what it keeps and of what comes later. */
  #tellAnswers(): void {
    this.#isCommitSlow = true;
    const tell = (each: Pending): number => {
      if (!this.#mayBeToldNow(each.effects)) return 0;
      for (const speech of each.effects.speeches.splice(0)) this.#turns.add(speech, each.effects.cause);
      const { written } = each;
      each.written = 0;
      return written;
    };
    for (const each of this.#underWay) this.#committingBytes -= tell(each);
    for (const each of this.#pending) this.#pendingBytes -= tell(each);
    this.goOn();
  }

  /** Whether these are an answer that tells of nothing that is not kept. */
  #mayBeToldNow({ node, journal, tellsOf }: Effects): boolean {
    return tellsOf !== undefined && journal.length === 0 && !this.#unkept.concerns(node, tellsOf);
  }

  /** Refuses the requests of those who have too many waiting already. */
  #admitReads({ speeches }: Effects): void {
    for (const { sayings } of speeches)
      for (const [place, saying] of sayings.entries())
        if (typeof saying === "object" && "ask" in saying && !this.#reads.admit(saying))
          sayings[place] = saying.refuse(TOO_MANY_READS);
  }

  /** Asks the store; `done` is called when the answer is written. */
  #answer(inquiry: Inquiry, node: string, cause: string, done: () => void): void {
    const answered = (effects: Effects): void => {
      effects.landmark(done);
      effects.cause = cause;
      this.add(effects);
      this.#backlog.remove(node, weigh(inquiry), cause);
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

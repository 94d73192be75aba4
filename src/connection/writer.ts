// Writes output to the link in portions, so that incoming stanzas are read in between.
import type { StoreQuery } from "../muc/model/effects.ts";
import type { Committed } from "./group-commit.ts";
import type { Notice } from "./notice.ts";
import type { RoundRobin } from "./round-robin.ts";

/** The link, as far as output needs it. */
export interface Sink {
  write(text: string): void;
  /** True if too much output waits for the server. Nothing is added until `drained` is called. */
  readonly isFull: boolean;
}

/** Characters after which a text is written without waiting for more. */
const WRITE_SIZE = 65_536;
/** Characters of one portion. */
const PORTION = 262_144;
/** Places without a recipient that are passed in one portion: about a millisecond. */
const PORTION_PLACES = 100_000;

type Ask = (query: StoreQuery, node: string, sender: string) => void;

/** Takes only output that a commit has released, and notices, which have no journal. */
export class Writer {
  readonly #sink: Sink;
  readonly #rooms: RoundRobin;
  readonly #ask: Ask;
  #scheduled: NodeJS.Immediate | undefined;
  #fault: { readonly error: unknown } | undefined;
  #settling: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  /** `ask` is called for each query of the store when it is its turn. */
  constructor(sink: Sink, turns: RoundRobin, ask: Ask) {
    this.#sink = sink;
    this.#rooms = turns;
    this.#ask = ask;
  }

  /** Adds output behind the room's waiting output. The caller then calls `drained` or `writeSoon`. */
  add({ roomOutputs, sender }: Committed | Notice): void {
    for (const output of roomOutputs) this.#rooms.add(output, sender);
  }

  /** Writes a portion, if the link takes one and none is scheduled. */
  drained(): void {
    if (!this.#fault && !this.#scheduled && !this.#sink.isFull) this.#writePortion();
  }

  /** Writes a portion after the stanzas that arrived meanwhile are read. */
  writeSoon(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.drained();
    });
  }

  /** Resolves when nothing waits; rejects with the fault when the writer is closed. */
  async settle(): Promise<void> {
    if (this.#fault) throw this.#fault.error;
    if (this.#rooms.isEmpty) return;
    await new Promise<void>((resolve, reject) => this.#settling.push({ resolve, reject }));
  }

  /** Never writes anything again. */
  close(error: unknown): void {
    this.#fault = { error };
    for (const { reject } of this.#settling.splice(0)) reject(error);
  }

  #writePortion(): void {
    let written = 0;
    let text = "";
    const end = this.#rooms.skipped + PORTION_PLACES;
    while (this.#rooms.hasReady && written < PORTION && this.#rooms.skipped < end) {
      text += this.#rooms.next(this.#ask);
      // Joining longer texts costs more than writing them one by one.
      if (text.length < WRITE_SIZE) continue;
      this.#sink.write(text);
      written += text.length;
      text = "";
    }
    if (text !== "") this.#sink.write(text);
    if (this.#rooms.hasReady) this.writeSoon();
    else if (this.#rooms.isEmpty) for (const { resolve } of this.#settling.splice(0)) resolve();
  }
}

import type { WriteStream } from "node:tty";
import type { Amount } from "./copy-store.ts";

const BAR_WIDTH = 30;
/** So often something is shown at most: on a terminal, and as lines; milliseconds. */
const REDRAW = 100;
const LINE = 5_000;

/** Shows how far a step has come: a bar on a terminal, else a line now and then. */
export class Progress {
  readonly #output: Pick<WriteStream, "write" | "isTTY">;
  readonly #total: Amount;
  readonly #now: () => number;
  #shownAt = 0;

  constructor(output: Pick<WriteStream, "write" | "isTTY">, total: Amount, now: () => number = Date.now) {
    this.#output = output;
    this.#total = total;
    this.#now = now;
  }

  show(step: string, done: Amount): void {
    const now = this.#now();
    if (now - this.#shownAt < (this.#output.isTTY ? REDRAW : LINE)) return;
    this.#shownAt = now;
    this.#write(step, done);
  }

  /** The end of a step is always shown. */
  finish(step: string, done: Amount): void {
    this.#shownAt = this.#now();
    this.#write(step, done);
    if (this.#output.isTTY) this.#output.write("\n");
  }

  #write(step: string, { rooms, messages }: Amount): void {
    const total = this.#total;
    const all = total.rooms + total.messages;
    const share = all === 0 ? 1 : Math.min(1, (rooms + messages) / all);
    const text = `${step}: ${Math.floor(share * 100)} %, ${rooms} of ${total.rooms} rooms, ${messages} of ${total.messages} messages`;
    if (!this.#output.isTTY) {
      this.#output.write(`${text}\n`);
      return;
    }
    const bar = "#".repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, ".");
    // From the line's beginning, over what was there.
    this.#output.write(`\r[${bar}] ${text}\x1b[K`);
  }
}

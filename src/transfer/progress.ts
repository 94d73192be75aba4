/** How often a bar moves, in milliseconds. */
const MOVE_MS = 100;
const WIDTH = 30;
/** On plain lines: from one line to the next, in hundredths. */
const STEP = 10;

interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Shows how far something is: a bar on a terminal, elsewhere a line for each tenth. */
export class Progress {
  readonly #output: Output;
  readonly #now: () => number;
  #what = "";
  #shown = 0;
  #moved = Number.NEGATIVE_INFINITY;

  constructor(output: Output, now: () => number = Date.now) {
    this.#output = output;
    this.#now = now;
  }

  /** `done` is from 0 to 1. */
  tell(what: string, done: number): void {
    const percent = Math.floor(done * 100);
    const isNew = what !== this.#what;
    if (isNew) {
      this.end();
      this.#what = what;
      this.#shown = 0;
    }
    if (this.#output.isTTY) {
      if (!isNew && percent < 100 && this.#now() - this.#moved < MOVE_MS) return;
      this.#moved = this.#now();
      const full = Math.round(done * WIDTH);
      const bar = "#".repeat(full) + ".".repeat(WIDTH - full);
      this.#output.write(`\r${what} [${bar}] ${String(percent).padStart(3)} %`);
    } else if (percent >= this.#shown + STEP) {
      this.#shown = percent - (percent % STEP);
      this.#output.write(`${what}: ${this.#shown} %\n`);
    }
  }

  /** Leaves the line of the bar. */
  end(): void {
    if (this.#output.isTTY && this.#what !== "") this.#output.write("\n");
    this.#what = "";
  }
}

/** Milliseconds between two moves of a bar. */
const REDRAW_MS = 100;
const BAR_WIDTH = 30;
/** Percent between two lines where there is no terminal. */
const LINE_STEP = 10;

interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Shows the progress of a command: a bar on a terminal, elsewhere a line for each tenth of a step. */
export class Progress {
  readonly #output: Output;
  readonly #now: () => number;
  #step = "";
  /** The percentage of the latest line. */
  #shown = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output, now: () => number = Date.now) {
    this.#output = output;
    this.#now = now;
  }

  /** Shows how much of a step is done, from 0 to 1. `detail` follows the percentage. */
  show(step: string, done: number, detail = ""): void {
    const percent = Math.floor(done * 100);
    const isNew = step !== this.#step;
    if (isNew) {
      this.end();
      this.#step = step;
      this.#shown = 0;
    }
    const text = `${step}: ${percent} %${detail}\n`;
    if (this.#output.isTTY) {
      if (!isNew && percent < 100 && this.#now() - this.#drawnAt < REDRAW_MS) return;
      this.#drawnAt = this.#now();
      const bar = "#".repeat(Math.round(done * BAR_WIDTH)).padEnd(BAR_WIDTH, ".");
      // Overwrites the line, and clears what is left of a longer text.
      this.#output.write(`\r[${bar}] ${text.trimEnd()}\x1b[K`);
    } else if (percent >= this.#shown + LINE_STEP) {
      this.#shown = percent - (percent % LINE_STEP);
      this.#output.write(text);
    }
  }

  /** Ends the line of the bar. */
  end(): void {
    if (this.#output.isTTY && this.#step !== "") this.#output.write("\n");
    this.#step = "";
  }
}

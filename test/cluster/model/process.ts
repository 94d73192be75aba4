// A process that can stand still and end.
import type { Clock } from "./clock.ts";

export class Process {
  readonly #clock: Clock;
  readonly #ended: (reason: string) => void;
  #backlog: { readonly run: () => void; readonly dropped: () => void }[] = [];
  isPaused = false;
  isEnded = false;

  constructor(clock: Clock, ended: (reason: string) => void) {
    this.#clock = clock;
    this.#ended = ended;
  }

  /** Runs something now, or when the process goes on; `dropped` if it never does. */
  run(run: () => void, dropped: () => void = () => {}): void {
    if (this.isEnded) dropped();
    else if (this.isPaused) this.#backlog.push({ run, dropped });
    else run();
  }

  after(ms: number, run: () => void): void {
    this.#clock.after(ms, () => this.run(run));
  }

  pause(): void {
    this.isPaused = true;
  }

  /** Goes on with everything that was due meanwhile. */
  resume(): void {
    this.isPaused = false;
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const { run, dropped } of backlog) this.run(run, dropped);
  }

  end(reason: string): void {
    if (this.isEnded) return;
    this.isEnded = true;
    for (const { dropped } of this.#backlog) dropped();
    this.#ended(reason);
  }
}

/** Lets so many do something at a time; the others wait, in the order of asking, and not for ever. */
export class Slots {
  #free: number;
  readonly #patience: number;
  readonly #waiting = new Set<() => void>();

  /** `patience` in milliseconds. */
  constructor(count: number, patience: number) {
    this.#free = count;
    this.#patience = patience;
  }

  /** Rejects with what `late` gives where it would have to wait for longer. */
  async run<T>(action: () => Promise<T>, late: () => Error): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(late);
    try {
      return await action();
    } finally {
      const [next] = this.#waiting;
      if (next) next();
      else this.#free += 1;
    }
  }

  #wait(late: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(go);
        reject(late());
      }, this.#patience);
      this.#waiting.add(go);
    });
  }
}

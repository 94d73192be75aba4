/** Limits how many actions run at a time. The others wait, in order, up to a time. */
export class Semaphore {
  #free: number;
  readonly #timeout: number;
  readonly #waiting = new Set<() => void>();

  /** `timeout` in milliseconds. */
  constructor(count: number, timeout: number) {
    this.#free = count;
    this.#timeout = timeout;
  }

  /** Rejects with the error that `timedOut` makes if the action would have to wait longer. */
  async run<T>(action: () => Promise<T>, timedOut: () => Error): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(timedOut);
    try {
      return await action();
    } finally {
      const [next] = this.#waiting;
      if (next) next();
      else this.#free += 1;
    }
  }

  #wait(timedOut: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(go);
        reject(timedOut());
      }, this.#timeout);
      this.#waiting.add(go);
    });
  }
}

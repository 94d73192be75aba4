/** Calls a function some time after the first request, once for all requests until then. */
export class DelayedCall {
  readonly #call: () => void;
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: () => void, delayMs: number) {
    this.#call = call;
    this.#delayMs = delayMs;
  }

  request(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#call();
    }, this.#delayMs);
  }

  /** Drops what is requested. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
